/** The first bytes of Photoshop's APP13 segment. */
const PHOTOSHOP = Buffer.from("Photoshop 3.0\0", "latin1");
const RESOURCE = "8BIM";
/**
 * The resource that holds the IPTC record. Other resources hold, for example, a thumbnail. @see
 * https://www.adobe.com/devnet-apps/photoshop/fileformatashtml/
 */
const IPTC_RESOURCE = 0x0404;
const APP13 = 0xed;
const MOST_SEGMENT_BYTES = 65_533;

/** Finds the IPTC record in Photoshop's segment of a JPEG; `null` if there is none. The input is untrusted. */
export function iptcRecord(segment: Buffer): Buffer | null {
  if (!segment.subarray(0, PHOTOSHOP.length).equals(PHOTOSHOP)) return null;
  let at = PHOTOSHOP.length;
  while (at + 12 <= segment.length && segment.toString("latin1", at, at + 4) === RESOURCE) {
    const id = segment.readUInt16BE(at + 4);
    const nameBytes = evenly(1 + (segment[at + 6] ?? 0));
    const sizeAt = at + 6 + nameBytes;
    if (sizeAt + 4 > segment.length) return null;
    const size = segment.readUInt32BE(sizeAt);
    const start = sizeAt + 4;
    if (start + size > segment.length) return null;
    if (id === IPTC_RESOURCE) return size === 0 ? null : segment.subarray(start, start + size);
    at = start + evenly(size);
  }
  return null;
}

/** Returns a JPEG with an IPTC record, inserted after its application segments. */
export function withIptc(jpeg: Buffer, record: Buffer): Buffer {
  const resource = Buffer.alloc(12);
  resource.write(RESOURCE, "latin1");
  resource.writeUInt16BE(IPTC_RESOURCE, 4);
  resource.writeUInt32BE(record.length, 8);
  const body = Buffer.concat([PHOTOSHOP, resource, record, Buffer.alloc(record.length % 2)]);
  if (body.length > MOST_SEGMENT_BYTES) return jpeg;
  const marker = Buffer.from([0xff, APP13, 0, 0]);
  marker.writeUInt16BE(body.length + 2, 2);
  const at = endOfApplicationSegments(jpeg);
  return Buffer.concat([jpeg.subarray(0, at), marker, body, jpeg.subarray(at)]);
}

function endOfApplicationSegments(jpeg: Buffer): number {
  let at = 2;
  while (jpeg[at] === 0xff && ((jpeg[at + 1] ?? 0) & 0xf0) === 0xe0) at += 2 + jpeg.readUInt16BE(at + 2);
  return at;
}

function evenly(size: number): number {
  return size + (size % 2);
}
