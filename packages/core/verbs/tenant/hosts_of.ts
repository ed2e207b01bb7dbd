/** Returns hosts in the form of records: in lower case, sorted, each once. */
export function hostsOf(hosts: readonly string[]): readonly string[] {
  return [...new Set(hosts.map((host) => host.toLowerCase()))].toSorted();
}
