import Runner from 'jest-runner';

/** Runs suites one after the other, whatever else there is: they look at real kernels and clocks. */
export default class SerialRunner extends Runner {
  isSerial = true;
}
