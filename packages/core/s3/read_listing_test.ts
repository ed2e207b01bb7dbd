import { expect, test } from "bun:test";
import { readListing, readUploads } from "./read_listing.ts";

test("readListing() reads keys, sizes, times and the continuation token", () => {
  const xml = `<?xml version="1.0"?><ListBucketResult><Name>b</Name><IsTruncated>true</IsTruncated>
    <Contents><Key>a&amp;b &#x41;&#66;</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><Size>12</Size></Contents>
    <Contents><Size>0</Size><Key>c</Key><LastModified>2026-01-02T03:04:05Z</LastModified></Contents>
    <CommonPrefixes><Prefix>x-</Prefix></CommonPrefixes><NextContinuationToken>t/1+2=</NextContinuationToken></ListBucketResult>`;
  expect(readListing(xml)).toEqual({
    entries: [
      { key: "a&b AB", bytes: 12, modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678) },
      { key: "c", bytes: 0, modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5) },
    ],
    beginnings: ["x-"],
    next: "t/1+2=",
  });
});

test("readListing() ends with the last page, and reads an empty one", () => {
  const last =
    "<ListBucketResult><IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>";
  expect(readListing(last)).toEqual({ entries: [], beginnings: [], next: null });
});

test("readUploads() reads open uploads", () => {
  const xml =
    "<R><Upload><Key>k</Key><UploadId>2~x</UploadId><Initiated>2026-01-02T00:00:00Z</Initiated></Upload></R>";
  expect(readUploads(xml)).toEqual([{ key: "k", uploadId: "2~x", startedAt: Date.UTC(2026, 0, 2) }]);
});
