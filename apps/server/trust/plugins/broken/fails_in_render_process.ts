// Its import fails only in render processes.
if (process.argv[1]?.endsWith("render_process.ts")) throw new Error("there is no\ndisplay");

export default { contract: 1, name: "fails-in-render-process", namespace: "broken", transforms: [] };
