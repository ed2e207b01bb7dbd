// Its import waits for what never comes.
await new Promise(() => {});

export default {};
