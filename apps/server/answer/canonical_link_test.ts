import { expect, test } from "bun:test";
import { canonicalLink } from "./canonical_link.ts";

const ID = "01920000-0000-7000-8000-000000000001";
const STEPS = [
  { transform: "flip", params: {} },
  { transform: "sepia", params: {} },
];

const NO_TRANSFORMS = { find: () => undefined };

function linkOf(file: string, steps = STEPS): string | undefined {
  const url = `http://localhost/images/${ID}${file}`;
  return canonicalLink(
    { url },
    { id: ID, steps, format: "jpeg" },
    { publicUrl: "https://example.com/img", transforms: NO_TRANSFORMS },
  )["link"];
}

test.each([".jpeg?flip&sepia", ".jpg?flip&&sepia&", "?format=jpg&flip&sepia", ".jpg?fl%69p&sepia&v=1"])(
  "canonicalLink() links from %s to the canonical spelling",
  (file) => {
    expect(linkOf(file)).toBe(`<https://example.com/img/images/${ID}.jpg?flip&sepia>; rel="canonical"`);
  },
);

test.each([".jpg?flip&sepia", ".jpg?flip&sepia&v=1&download=a", ".webp?preset=old"])(
  "canonicalLink() returns no header for %s",
  (file) => {
    expect(linkOf(file)).toBeUndefined();
  },
);

test("canonicalLink() returns a URL without a query if there are no steps", () => {
  expect(linkOf(".jpeg", [])).toBe(`<https://example.com/img/images/${ID}.jpg>; rel="canonical"`);
});
