/** The few functions of jstat that we call; the package ships no types. */
declare module 'jstat' {
  const jstat: {
    gammaln(x: number): number;
    hypgeom: { cdf(drawn: number, population: number, marked: number, draws: number): number };
  };
  export default jstat;
}
