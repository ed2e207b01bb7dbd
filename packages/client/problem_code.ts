// Generated from the server's table of problems: bun run docs writes it.

/** A stable code for programs. Later servers may send other codes: use the status then. */
export type ProblemCode =
  | "conflicting_parameters" // Parameters exclude each other
  | "field_after_file" // A field follows its file
  | "invalid_parameter" // A parameter is wrong
  | "invalid_request" // The request cannot be understood
  | "unknown_parameter" // There is no such parameter
  | "unknown_transform" // There is no such transform
  | "unauthenticated" // The caller is not known
  | "forbidden" // The caller may not do this
  | "origin_refused" // Pages of other origins may not do this
  | "quota_exceeded" // The quota is used up
  | "source_refused" // Images are not fetched from there
  | "file_not_found" // There is no such file
  | "image_not_found" // There is no such image
  | "job_not_found" // There is no such job
  | "key_not_found" // There is no such key
  | "preset_not_found" // There is no such preset
  | "route_not_found" // There is no such path
  | "tenant_not_found" // There is no such tenant
  | "transform_not_found" // There is no such transform
  | "unknown_format" // There is no such format
  | "method_not_allowed" // This cannot be done here
  | "too_slow" // The upload is too slow
  | "conflict" // This cannot be done in its state
  | "deleted" // The image was deleted
  | "precondition_failed" // It has changed since
  | "too_large" // Too many bytes
  | "media_type_refused" // The body must be of another type
  | "unsupported_media" // Not an image that can be read
  | "host_refused" // This server does not answer for that host
  | "broken_image" // The image is broken
  | "does_not_fit" // Not possible in so few bytes
  | "key_reused" // The idempotency key belongs to another request
  | "source_not_found" // The source has no such image
  | "too_costly" // This costs too much
  | "too_many_pixels" // Too many pixels
  | "rate_limited" // Too many requests
  | "too_many_jobs" // Too many jobs wait
  | "cancelled" // The client has left
  | "damaged" // The stored bytes are damaged
  | "internal" // Something went wrong
  | "plugin_failed" // A plugin failed
  | "feature_disabled" // This server is set up without that
  | "source_unreachable" // The source does not give its bytes
  | "busy" // Too busy
  | "storage_error" // The server's storage does not work
  | "unavailable" // Not available at the moment
  | "storage_full" // No room to write
  | "unexpected_answer" // The response is not from ProgImage
  | (string & {});
