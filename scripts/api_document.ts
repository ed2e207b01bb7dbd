import { startServer } from "../apps/server/end_to_end/testing_server.ts";

/** The parts of the OpenAPI document that the pages are generated from. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
}

/** An operation of the OpenAPI document. */
export interface ApiOperation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
}

/** Returns the OpenAPI document of a server that is started for this. */
export async function apiDocument(): Promise<ApiDocument> {
  await using server = await startServer();
  return (await (await fetch(`${server.url}/swagger/json`)).json()) as ApiDocument;
}
