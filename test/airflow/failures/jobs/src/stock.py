import sys


def read_stock(noun):
    with open(f"/srv/kestrel/{noun}/stock.json", encoding="utf-8") as file:
        return file.read()


def main():
    noun = sys.argv[1]
    print(f"stock of {noun}: reading", flush=True)
    read_stock(noun)


main()
