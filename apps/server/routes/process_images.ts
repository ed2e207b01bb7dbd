import { ProgImageError, ReferenceFinder, renderOnce, storeRendered } from "@progimage/core";
import { Elysia } from "elysia";
import { assertMayRender } from "../access/rate/assert_may_render.ts";
import { requireScope } from "../access/require_scope.ts";
import { visibleImages } from "../access/visible_images.ts";
import { markDeprecated } from "../answer/deprecation.ts";
import { fileAnswer } from "../answer/file_answer.ts";
import { idempotencyOf, refuseIdempotencyKey } from "../request/idempotency_key.ts";
import { receivePosted } from "../request/posted.ts";
import { contextOf } from "../http/request_context.ts";
import { queryOf } from "../http/request_target.ts";
import {
  readRenderRequest,
  readTransformRequest,
  type RecipeReaders,
  type RenderRequest,
  type WrittenRequest,
} from "../request/render_request.ts";
import type { ServerContext, SharedContext } from "../server_context.ts";
import { DETAILS } from "../open_api/details.ts";
import { findTransform } from "./find_transform.ts";
import { processList } from "./process_list.ts";
import { attributesFor, findSource, planOutput, type Work } from "./process_work.ts";
import { answerItem, keptItem } from "./uploads/upload_item.ts";

/** `POST /transforms/{name}` and `POST /render`: transforms as services, for images in the body or at URLs. */
export function processRoutes(shared: SharedContext) {
  const { transforms } = shared.ports;
  return new Elysia()
    .post(
      "/transforms/:name",
      ({ request, params: { name } }) => {
        // Fails early, before the body is received.
        findTransform(transforms, name);
        return processImages(shared.of(request), request, (written, readers) =>
          readTransformRequest(name, written, readers),
        );
      },
      { parse: "none", detail: { hide: true } },
    )
    .post(
      "/render",
      ({ request }) =>
        processImages(shared.of(request), request, (written, readers) => readRenderRequest(readers, written)),
      { parse: "none", detail: DETAILS.render },
    );
}

/** Seconds that the connection may be silent while an image is fetched and rendered. */
const KEEP_ALIVE_SECONDS = 255;

async function processImages(
  context: ServerContext,
  request: Request,
  read: (written: WrittenRequest, readers: RecipeReaders) => RenderRequest,
): Promise<Response> {
  await assertMayRender(context.ports, request);
  await using held = new AsyncDisposableStack();
  const posted = held.use(await receivePosted(context, request));
  contextOf(request).keepAlive(KEEP_ALIVE_SECONDS);
  const readers = { ...context.ports, onDeprecated: () => markDeprecated(request) };
  const wanted = read({ query: queryOf(request), ...posted }, readers);
  if (wanted.save === null) refuseIdempotencyKey(request);
  else requireScope(request, "images:create");
  checkCount(context, wanted, posted.images.length);
  const finder = held.use(
    new ReferenceFinder(visibleImages(context.ports, request), {
      parts: posted.parts,
      signal: request.signal,
    }),
  );
  const work = { request, wanted, posted: posted.images, finder };
  if (!wanted.isList && wanted.sources.length + posted.images.length === 1)
    return await processOne(context, work);
  // The received files must exist until the answer has been sent.
  const kept = held.move();
  return await processList(context, { ...work, [Symbol.asyncDispose]: () => kept.disposeAsync() });
}

function checkCount({ config }: ServerContext, { sources, outputs }: RenderRequest, posted: number): void {
  const images = sources.length + posted;
  if (images === 0) {
    const message =
      "Cannot process without an image: send it as the body, as the part image of a form, or name it by source";
    throw new ProgImageError("invalid_request", message, { details: { parameter: "source" } });
  }
  const results = images * outputs.length;
  if (results <= config.maxOutputs) return;
  const message = `Cannot process images as a request may have at most ${config.maxOutputs} results: it would have ${results}`;
  throw new ProgImageError("invalid_request", message, { details: { limit: config.maxOutputs } });
}

async function processOne(context: ServerContext, work: Work): Promise<Response> {
  const { ports } = context;
  const { request, wanted } = work;
  const { signal } = request;
  const [output] = wanted.outputs;
  const found = await findSource(context, work, 0);
  if (!output) throw new Error("Cannot process without an output");
  const plan = await planOutput(context, work, output, found.source);
  if (wanted.save === null)
    return await fileAnswer(await renderOnce(ports, plan, ports.scratch, { signal }), plan.format);
  const rendered = await renderOnce(ports, plan, ports.spool, { signal });
  const attributes = attributesFor(found.name, plan.format, wanted.save);
  const idempotency = idempotencyOf(request);
  return answerItem(
    request,
    keptItem(await storeRendered(ports, rendered, attributes, idempotency), context),
  );
}
