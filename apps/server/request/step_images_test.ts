import { expect, test } from "bun:test";
import { createRegistry, type Step } from "@progimage/core";
import overlay from "@progimage/plugin-overlay";
import { findStepImage } from "./step_images.ts";

const transforms = createRegistry([overlay]);
const ID = "01920000-0000-7000-8000-000000000001";

const markedWith = (image: string): Step => ({ transform: "watermark", params: { image, opacity: 1 } });

test("findStepImage() finds the first image of the given kinds", () => {
  const text: Step = { transform: "text", params: { text: "@mask" } };
  const steps = [text, markedWith(ID), markedWith("@mask")];
  expect(findStepImage(steps, transforms, ["part"])).toBe("image");
  expect(findStepImage(steps, transforms, ["id"])).toBe("image");
  expect(findStepImage(steps, transforms, ["url"])).toBeUndefined();
  expect(findStepImage([text], transforms, ["id", "part", "url"])).toBeUndefined();
  expect(findStepImage([markedWith("https://example.com/a.png")], transforms, ["url"])).toBe("image");
});
