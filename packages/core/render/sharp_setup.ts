import sharp from "sharp";

/** Everything that may be decoded. SVG from memory only: by path its loader reads files that lie beside it. */
const LOADERS: readonly string[] = [
  "VipsForeignLoadJpegFile",
  "VipsForeignLoadJpegBuffer",
  "VipsForeignLoadPngFile",
  "VipsForeignLoadPngBuffer",
  "VipsForeignLoadWebpFile",
  "VipsForeignLoadWebpBuffer",
  "VipsForeignLoadNsgifFile",
  "VipsForeignLoadNsgifBuffer",
  "VipsForeignLoadHeifFile",
  "VipsForeignLoadHeifBuffer",
  "VipsForeignLoadTiffFile",
  "VipsForeignLoadTiffBuffer",
  "VipsForeignLoadSvgBuffer",
];

// One job at a time and process: more threads only make jobs wait for each other, and nothing is asked for twice.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: [...LOADERS] });

/** The one sharp of this process, which decodes what we allow and nothing else. */
export { sharp };

/** Names what decides over the bytes that we write: the versions of codecs and renderers, and the CPU's architecture. */
export function encoderFingerprint(): string {
  const versions = Object.entries(sharp.versions).sort(([first], [second]) => (first < second ? -1 : 1));
  return [...versions.map(([name, version]) => `${name}@${version}`), process.arch].join(" ");
}

/** Keeps the settings that all renders of a process share as they are, whatever a plugin asks for. */
export function lockSettings(): void {
  for (const name of ["block", "cache", "concurrency", "simd", "unblock"] as const) {
    const own = sharp[name] as (...args: unknown[]) => unknown;
    const locked = (...args: unknown[]) => {
      if (args.length === 0) return own();
      throw new Error(`Cannot change "${name}" of sharp as all renders of the process share it`);
    };
    Object.assign(sharp, { [name]: locked });
  }
}
