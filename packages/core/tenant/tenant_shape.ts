import { Type } from "@sinclair/typebox";
import { pageOf } from "../shape/page_shape.ts";
import {
  answerShape,
  choiceShape,
  describedShape,
  namedShape,
  nullableShape,
  objectShape,
  optionalProperties,
} from "../shape/shape.ts";
import { DELIVERIES } from "./tenant.ts";

/** The most hosts that a tenant can have. */
const MAX_HOSTS = 100;

const LIMIT = nullableShape(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));

const LIMITS = {
  images: describedShape(LIMIT, "Stored images, also deleted ones that can be restored; null for no limit"),
  bytes: describedShape(LIMIT, "The bytes of these images; null for no limit"),
  requestsPerMinute: describedShape(
    LIMIT,
    "With its keys; null for the setting of the server, 0 for any number",
  ),
  renderMsPerMinute: describedShape(
    LIMIT,
    "Milliseconds of rendering; null for the setting of the server, 0 for any number",
  ),
};

const ID = Type.String({ format: "tenant" });

const DELIVERY = describedShape(
  nullableShape(choiceShape(DELIVERIES)),
  "The requests for its images that strangers may make; null for the setting of the server",
);

const HOSTS = Type.Array(Type.String({ format: "host" }), {
  maxItems: MAX_HOSTS,
  uniqueItems: true,
  description: "The names, without ports, under which strangers reach its images",
});

export const TENANT_SHAPE = answerShape(
  "Tenant",
  {
    id: ID,
    hosts: HOSTS,
    delivery: DELIVERY,
    limits: answerShape("TenantLimits", LIMITS),
    createdAt: Type.String({ format: "date-time" }),
  },
  { description: "One of those who share a server, and nothing else" },
);

export const USAGE_SHAPE = answerShape(
  "Usage",
  {
    tenant: describedShape(Type.String(), "Empty for the first tenant"),
    images: describedShape(Type.Integer(), "Stored images, also deleted ones that can be restored"),
    bytes: describedShape(Type.Integer(), "The bytes of these images"),
    limits: answerShape("UsageLimits", { images: LIMITS.images, bytes: LIMITS.bytes }),
  },
  { description: "How much a tenant stores, and how much it may" },
);

export const TENANT_PAGE_SHAPE = pageOf("TenantPage", TENANT_SHAPE);

/** The members of a tenant that can change. */
const CHANGEABLE = optionalProperties({
  hosts: HOSTS,
  delivery: DELIVERY,
  limits: describedShape(
    objectShape(optionalProperties(LIMITS)),
    "Limits that are left out stay as they are. A new tenant has none",
  ),
});

export const TENANT_REQUEST_SHAPE = describedShape(
  namedShape("TenantRequest", objectShape({ id: ID, ...CHANGEABLE })),
  "A tenant to be made",
);

export const TENANT_PATCH_SHAPE = describedShape(
  namedShape("TenantPatch", objectShape(CHANGEABLE)),
  "Changes of a tenant. Members that are left out stay as they are",
);
