// A number in place of a function.
const wide = { name: "wide", version: 1, summary: "Is wide", params: {}, size: 5, apply: () => {} };

export default { contract: 1, name: "wrong-size", namespace: "broken", transforms: [wide] };
