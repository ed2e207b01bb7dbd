// Its import leaves a rejected promise behind.
void Promise.reject(new Error("left behind"));

export default { contract: 1, name: "rejects", namespace: "broken", transforms: [] };
