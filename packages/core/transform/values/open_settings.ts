/** How a source is opened, where it differs from the default: all frames of an animation, else the first page, turned as EXIF says. */
export interface OpenSettings {
  /** The only page or frame that is opened, from 1. */
  readonly page?: number;
  /** Opens the first frame of an animation only. */
  readonly isStill?: boolean;
  /** Leaves the pixels as they are stored, without the turn that EXIF notes. */
  readonly isUnturned?: boolean;
}
