import sharp from "sharp";
import { fontDigest } from "./pool/font_files.ts";
import { assertVersion } from "../version_floor.ts";
import { chosenShrinkOnLoad } from "./shrink_on_load.ts";

/** The allowed decoders. SVG is decoded from memory only: by path, its loader reads files in the same folder. */
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

/** The oldest versions that this sharp accepts and that have no known hole. Another libvips may be installed beside its own. */
const FLOORS = { sharp: "0.35.4", vips: "8.18.7", heif: "1.23.2" } as const;

/** @throws {ProgImageError} `unavailable` for an older version */
export function assertVersions(
  versions: Readonly<Record<string, string | undefined>> = sharp.versions,
): void {
  for (const [name, floor] of Object.entries(FLOORS)) assertVersion(name, versions[name], floor);
}

// Each process runs one job at a time: more threads only make jobs wait for each other. A cache is useless, as no input is read twice.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: [...LOADERS] });

/** The only instance of sharp in this process. It decodes the allowed formats and no others. */
export { sharp };

/** Returns the factors that determine the bytes of results: versions of codecs and renderers, the CPU's architecture, shrink-on-load and fonts. */
export function encoderFingerprint(): string {
  const versions = Object.entries(sharp.versions).sort(([first], [second]) => (first < second ? -1 : 1));
  const named = versions.map(([name, version]) => `${name}@${version}`);
  return [...named, process.arch, `shrink@${chosenShrinkOnLoad()}`, `fonts@${fontDigest()}`].join(" ");
}

/** Locks the settings that all renders of a process share, so that plugins cannot change them. */
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
