import { ProgImageError } from "../error.ts";
import type { RemoteFile, RemoteSources } from "./remote_sources.ts";

/** Rejects every fetch, for servers that fetch no images. */
export class NoRemoteSources implements RemoteSources {
  of(): RemoteSources {
    return this;
  }

  async fetch(): Promise<RemoteFile> {
    throw new ProgImageError(
      "feature_disabled",
      "Cannot fetch image as this server fetches none (PROGIMAGE_FETCH): send its bytes",
    );
  }
}
