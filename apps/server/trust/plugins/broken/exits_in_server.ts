// Its import ends only the process that answers requests.
if (process.argv[1]?.endsWith("serve.ts")) process.exit(0);

export default { contract: 1, name: "exits-in-server", namespace: "broken", transforms: [] };
