// Its import never settles.
await new Promise(() => {});

export default {};
