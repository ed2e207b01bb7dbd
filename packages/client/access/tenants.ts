import type { CallOptions, Connection } from "../connection/connection.ts";
import { PageList } from "../connection/page_list.ts";
import type { Tenant, TenantPatch, TenantRequest } from "../shapes.ts";
import { askJson, checkPlainId } from "./ask_json.ts";

/** Options for {@linkcode Tenants.list}. */
export interface ListTenantsOptions extends CallOptions {
  /** Tenants per page, at most 1000; the iteration reads all pages. @default {50} */
  readonly limit?: number;
}

/** The tenants of a server, for a caller with the scope `server`. */
export class Tenants {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes a tenant. @throws {ConflictError} if its id is in use, or another tenant has one of its hosts */
  async create(request: TenantRequest, options: CallOptions = {}): Promise<Tenant> {
    return await askJson(this.#connection, "/tenants", { method: "POST", json: request }, options);
  }

  /** Returns a tenant. @throws {NotFoundError} if it does not exist */
  async get(id: string, options: CallOptions = {}): Promise<Tenant> {
    return await askJson(this.#connection, `/tenants/${checkPlainId(id)}`, {}, options);
  }

  /** Lists tenants, ordered by id. The first one, which has no record, is not among them. */
  list({ limit, ...options }: ListTenantsOptions = {}): PageList<Tenant> {
    return new PageList(this.#connection, "/tenants", { limit }, options);
  }

  /** Changes a tenant: `hosts` replaces all hosts, and a limit that is `null` is lifted. */
  async update(id: string, patch: TenantPatch, options: CallOptions = {}): Promise<Tenant> {
    const question = { method: "PATCH", json: patch } as const;
    return await askJson(this.#connection, `/tenants/${checkPlainId(id)}`, question, options);
  }

  /** Removes a tenant. @throws {ConflictError} if it has images or jobs */
  async remove(id: string, { signal, timeout }: CallOptions = {}): Promise<void> {
    const call = { signal, timeout, method: "DELETE" };
    await this.#connection.send(`/tenants/${checkPlainId(id)}`, call, () => undefined);
  }
}
