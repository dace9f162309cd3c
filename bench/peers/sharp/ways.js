// sharp's ways from one JPEG to the four widths, for bench/photos.py.
//
// node ways.js MODULES PHOTO WAY WIDTHS QUALITY
//
// Speaks the protocol of bench/photo_ways.py: a line "go" runs the way once and is answered with its times as JSON; a
// line "save FOLDER" writes its variants there. One thread, no cache: one core is what is compared.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';

const [modules, photo, way, widthList, quality] = process.argv.slice(2);
const sharp = createRequire(path.join(modules, 'x.js'))('sharp');
sharp.concurrency(1);
sharp.cache(false);

const widths = widthList.split(',').map(Number);
const data = fs.readFileSync(photo);
const jpeg = { quality: Number(quality), chromaSubsampling: '4:2:0' };

// The best that sharp can do, as its maintainers advise: shrink on load once, then go on from the small pixels.
async function cascade() {
  const { data: pixels, info } = await sharp(data).autoOrient().resize(widths[0]).raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  const variants = [await sharp(pixels, { raw }).jpeg(jpeg).toBuffer()];
  for (const width of widths.slice(1)) {
    variants.push(await sharp(pixels, { raw }).resize(width).jpeg(jpeg).toBuffer());
  }
  return variants;
}

// What is found in most code: one pipeline for each width, from the file.
async function plain() {
  const variants = [];
  for (const width of widths) {
    variants.push(await sharp(data).autoOrient().resize(width).jpeg(jpeg).toBuffer());
  }
  return variants;
}

const run = { cascade, plain }[way];
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [order, folder] = line.split(' ');
  const cpu = process.cpuUsage();
  const started = process.hrtime.bigint();
  const variants = await run();
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const used = process.cpuUsage(cpu);
  if (order === 'save') {
    variants.forEach((variant, at) => fs.writeFileSync(path.join(folder, `${widths[at]}.jpg`), variant));
  }
  const bytes = variants.reduce((sum, variant) => sum + variant.length, 0);
  console.log(JSON.stringify({ seconds, cpu: (used.user + used.system) / 1e6, bytes }));
}
