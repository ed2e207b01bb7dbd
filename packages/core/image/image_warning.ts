/** Losses and assumptions of renders of an image, by code. */
export const IMAGE_WARNINGS = {
  end_missing: "the file lacks the mark of its end, but no pixel",
  first_frame_only: "an animation of which only the first frame is read",
  channels_dropped: "channels besides colour and alpha are not read",
  tone_mapped: "colours of HDR are mapped to sRGB",
} as const;

/** A code of {@linkcode IMAGE_WARNINGS}. */
export type ImageWarning = keyof typeof IMAGE_WARNINGS;
