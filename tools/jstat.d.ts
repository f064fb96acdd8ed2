/** The few functions of jstat that we call; the package ships no types. */
declare module 'jstat' {
  const jstat: {
    gammaln(x: number): number;
    binomial: { cdf(successes: number, trials: number, probability: number): number };
  };
  export default jstat;
}
