// Its import leaves a promise behind that is rejected.
void Promise.reject(new Error("left behind"));

export default { contract: 1, name: "rejects", namespace: "broken", transforms: [] };
