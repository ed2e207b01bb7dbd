import { join } from "node:path";
import type { ImageFile } from "./renderer.ts";
import { sharp } from "./sharp_setup.ts";

/** The size of the sample photo in pixels. */
export const SAMPLE_SIZE = { width: 480, height: 320 } as const;

/** A scene with gradients, edges, fine texture, many colours and a light, which shows the effect of any filter. */
const PHOTO = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320" viewBox="0 0 480 320">
  <defs>
    <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#1d3f72"/><stop offset="0.55" stop-color="#e58a5f"/><stop offset="0.75" stop-color="#fbd38d"/>
    </linearGradient>
    <linearGradient id="lake" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#f0b27a"/><stop offset="0.35" stop-color="#5b7c99"/><stop offset="1" stop-color="#16324f"/>
    </linearGradient>
    <radialGradient id="sun"><stop offset="0" stop-color="#fffbe6"/><stop offset="0.35" stop-color="#ffe9a8"/>
      <stop offset="1" stop-color="#ffd27f" stop-opacity="0"/></radialGradient>
    <radialGradient id="shade" cx="0.35" cy="0.3" r="0.8"><stop offset="0" stop-color="#fff" stop-opacity="0.45"/>
      <stop offset="0.5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity="0.4"/></radialGradient>
    <filter id="rough"><feTurbulence type="fractalNoise" baseFrequency="0.04 0.12" numOctaves="4" seed="7"/>
      <feColorMatrix values="0 0 0 0 0.1  0 0 0 0 0.12  0 0 0 0 0.16  0.9 0 0 0 -0.25"/><feComposite in2="SourceGraphic" operator="in"/></filter>
    <filter id="waves"><feTurbulence type="fractalNoise" baseFrequency="0.012 0.14" numOctaves="3" seed="3"/>
      <feColorMatrix values="0 0 0 0 1  0 0 0 0 0.93  0 0 0 0 0.8  0 1.6 0 0 -0.75"/></filter>
    <clipPath id="envelope"><path d="M318 34c-34 0-56 25-56 55 0 28 24 50 42 66h28c18-16 42-38 42-66 0-30-22-55-56-55z"/></clipPath>
  </defs>
  <rect width="480" height="232" fill="url(#sky)"/>
  <circle cx="128" cy="176" r="96" fill="url(#sun)"/>
  <path d="M0 196l52-44 34 22 58-66 44 52 36-26 64 58 54-38 50 30 88-58v166H0z" fill="#5d5470"/>
  <path d="M0 196l52-44 34 22 58-66 44 52 36-26 64 58 54-38 50 30 88-58v166H0z" filter="url(#rough)"/>
  <path d="M144 108l18 22-12-3-9 12-8-10-10 3z" fill="#f7ede2"/>
  <path d="M0 214c70-18 150-14 214 2s170 10 266-12v40H0z" fill="#2f3e46"/>
  <rect y="232" width="480" height="88" fill="url(#lake)"/>
  <rect y="232" width="480" height="88" filter="url(#waves)" opacity="0.55"/>
  <g clip-path="url(#envelope)">
    <rect x="262" y="34" width="112" height="122" fill="#d62839"/>
    <path d="M280 34h18l-4 121h-6c-12-40-16-80-8-121z" fill="#ffba08"/><path d="M308 34h20l-2 121h-16z" fill="#2a9d8f"/>
    <path d="M338 34h18c8 41 4 81-8 121h-6z" fill="#3a86ff"/>
    <rect x="262" y="84" width="112" height="12" fill="#fff8f0" opacity="0.85"/>
    <rect x="262" y="34" width="112" height="122" fill="url(#shade)"/>
  </g>
  <path d="M306 155l5 22m20-22l-5 22" stroke="#3d2b1f" stroke-width="1.5"/>
  <rect x="308" y="176" width="20" height="14" rx="3" fill="#7f5539"/>
  <g stroke="#1b1b1e" stroke-width="1.6" fill="none"><path d="M58 66q7-8 12 0q6-8 13 0M96 88q5-6 9 0q5-6 10 0"/></g>
  <path d="M70 262h64l-10 16H82z" fill="#6f1d1b"/><path d="M100 206v56h-26zM105 214v48h22z" fill="#fefae0"/>
</svg>`;

/** A small picture surrounded by alpha. */
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="48" viewBox="0 0 96 48">
  <rect x="2" y="2" width="92" height="44" rx="14" fill="#0b132b" fill-opacity="0.8"/>
  <circle cx="25" cy="24" r="13" fill="#ffba08"/><circle cx="25" cy="24" r="6" fill="#d00000"/>
  <path d="M48 32l9-16 7 10 5-6 11 12z" fill="#5bc0be"/></svg>`;

/** A soft shape without alpha, bright where an image stays visible. */
const MASK = `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="160" viewBox="0 0 240 160">
  <defs><radialGradient id="soft"><stop offset="0.55" stop-color="#fff"/><stop offset="1" stop-color="#000"/></radialGradient></defs>
  <rect width="240" height="160"/><ellipse cx="160" cy="58" rx="72" ry="56" fill="url(#soft)"/>
  <path d="M20 150l40-60 40 60z" fill="#fff"/></svg>`;

/** Returns the sample photo as a PNG without alpha. */
export async function samplePhoto(width: number = SAMPLE_SIZE.width): Promise<Buffer> {
  return await sharp(Buffer.from(PHOTO), { density: 144 })
    .resize(width)
    .flatten({ background: "#000" })
    .png()
    .toBuffer();
}

/**
 * Writes the sample images into a folder: a photo, a logo with alpha, and a grey mask.
 *
 * @returns their files by the names that examples use: `@photo`, `@logo`, `@mask`
 */
export async function sampleImages(folder: string): Promise<Readonly<Record<string, ImageFile>>> {
  const pictures = {
    photo: await samplePhoto(),
    logo: await sharp(Buffer.from(LOGO), { density: 144 }).png().toBuffer(),
    mask: await sharp(Buffer.from(MASK)).removeAlpha().png().toBuffer(),
  };
  const files = Object.entries(pictures).map(async ([name, bytes]) => {
    const path = join(folder, `sample-${name}.png`);
    await Bun.write(path, bytes);
    return [`@${name}`, { path, format: "png" }] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}
