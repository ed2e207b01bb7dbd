// Its import loops forever.
while (performance.now() >= 0) continue;

export default {};
