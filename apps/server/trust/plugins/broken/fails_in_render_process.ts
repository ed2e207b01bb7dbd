// Its import fails in render processes, and nowhere else.
if (process.argv[1]?.endsWith("render_process.ts")) throw new Error("there is no\ndisplay");

export default { contract: 1, name: "fails-in-render-process", namespace: "broken", transforms: [] };
