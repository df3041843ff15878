import { compareSync } from 'bcryptjs';
import { parentPort } from 'node:worker_threads';

// The thread's entry: answers in the order of the questions.
parentPort?.on('message', ({ password, hash }: { password: string; hash: string }) => {
  parentPort?.postMessage(compareSync(password, hash));
});
