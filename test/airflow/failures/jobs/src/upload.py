import sys
import time


class UploadError(Exception):
    pass


def put(noun, part):
    if part == 3:
        raise ConnectionResetError(104, "Connection reset by peer")
    print(f"upload of {noun}: part {part} sent", flush=True)


def main():
    noun = sys.argv[1]
    try:
        for part in range(1, 6):
            put(noun, part)
            time.sleep(0.05)
    except OSError as error:
        raise UploadError(f"upload of {noun} stopped at part 3") from error


main()
