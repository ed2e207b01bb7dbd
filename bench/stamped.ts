let last = 0;

/** Returns a JPEG with a random comment at its start: other bytes each time, the same picture. @see ITU T.81, B.2.4.5 */
export function stamped(jpeg: Uint8Array): Uint8Array<ArrayBuffer> {
  const comment = new TextEncoder().encode(`${process.pid} ${last++}`.padEnd(32));
  const segment = [0xff, 0xfe, 0, comment.length + 2, ...comment];
  const bytes = new Uint8Array(jpeg.length + segment.length);
  bytes.set(jpeg.subarray(0, 2));
  bytes.set(segment, 2);
  bytes.set(jpeg.subarray(2), 2 + segment.length);
  return bytes;
}
