/** The size of the image that {@linkcode uploadLarge} sends, in bytes. */
export const LARGE_BYTES = 300_000_256;

/** Settings with which a server accepts it. */
export const LARGE_SETTINGS: Readonly<Record<string, string>> = {
  PROGIMAGE_MAX_UPLOAD_BYTES: "400000000",
  PROGIMAGE_MAX_INPUT_PIXELS: "100000000",
  PROGIMAGE_PROBE_DEADLINE_MS: "60000",
};

/** Sends an uncompressed TIFF of 10,000 × 10,000 pixels, generated while sending. Returns the status of the answer. */
export async function uploadLarge(url: string, kind: "multipart" | "raw"): Promise<number> {
  const boundary = "bench-boundary";
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="large.tiff"\r\ncontent-type: image/tiff\r\n\r\n`;
  const framed = kind === "multipart" ? [head, `\r\n--${boundary}--\r\n`] : ["", ""];
  const response = await fetch(`${url}/images`, {
    method: "POST",
    headers: {
      "content-type": kind === "multipart" ? `multipart/form-data; boundary=${boundary}` : "image/tiff",
    },
    body: largeTiff(framed[0] ?? "", framed[1] ?? ""),
  });
  if (!response.ok) console.error(await response.text());
  else await response.arrayBuffer();
  return response.status;
}

/** Yields a baseline TIFF of one strip per row, chunk by chunk. @see TIFF 6.0, section 6 */
function largeTiff(before: string, after: string): ReadableStream<Uint8Array> {
  const side = 10_000;
  const rowBytes = side * 3;
  const encoder = new TextEncoder();
  async function* chunks() {
    if (before) yield encoder.encode(before);
    yield tiffHeader(side, rowBytes);
    const pair = new Uint8Array(rowBytes * 2);
    for (let row = 0; row < side; row += 2) yield pair.fill(row & 255).slice();
    if (after) yield encoder.encode(after);
  }
  const rows = chunks();
  return new ReadableStream({
    async pull(controller) {
      const { value } = await rows.next();
      if (value) controller.enqueue(value);
      else controller.close();
    },
  });
}

function tiffHeader(side: number, rowBytes: number): Uint8Array {
  const tags: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, 4, 1, side], // ImageWidth
    [257, 4, 1, side], // ImageLength
    [258, 3, 1, 8], // BitsPerSample: one value for all channels
    [259, 3, 1, 1], // Compression: none
    [262, 3, 1, 2], // PhotometricInterpretation: RGB
    [273, 4, 1, 256], // StripOffsets
    [277, 3, 1, 3], // SamplesPerPixel
    [278, 4, 1, side], // RowsPerStrip
    [279, 4, 1, rowBytes * side], // StripByteCounts
  ];
  const header = new DataView(new ArrayBuffer(256));
  header.setUint32(0, 0x49492a00); // little-endian
  header.setUint32(4, 8, true);
  header.setUint16(8, tags.length, true);
  tags.forEach(([tag, type, count, value], index) => {
    const offset = 10 + index * 12;
    header.setUint16(offset, tag, true);
    header.setUint16(offset + 2, type, true);
    header.setUint32(offset + 4, count, true);
    if (type === 3) header.setUint16(offset + 8, value, true);
    else header.setUint32(offset + 8, value, true);
  });
  return new Uint8Array(header.buffer);
}

/** Returns the peak memory of a process, in bytes. Linux only. */
export async function peakBytes(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}
