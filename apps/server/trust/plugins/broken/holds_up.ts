// Its import never gives the processor back.
while (performance.now() >= 0) continue;

export default {};
