import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';

// The thread's entry: SVG in, PNG of twice its size out, in the order of the questions.
const [wasm, font] = await Promise.all([
  readFile(new URL(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))),
  readFile(new URL(import.meta.resolve('@expo-google-fonts/oxygen/400Regular/Oxygen_400Regular.ttf'))),
]);
await initWasm(wasm);

parentPort?.on('message', (svg: string) => {
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontBuffers: [font], defaultFontFamily: 'Oxygen' },
  });
  const image = drawing.render();
  parentPort?.postMessage(image.asPng());
  image.free();
  drawing.free();
});
