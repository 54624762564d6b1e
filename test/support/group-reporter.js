/** Tells which suites a group had, how many tests in each, how many of them failed, and how long they took. */
export default class GroupReporter {
  onTestResult(_, { testFilePath, testResults }) {
    if (!testFilePath.endsWith('.group.js')) return;
    const suites = new Map();
    for (const { ancestorTitles, status, duration } of testResults) {
      const [path] = ancestorTitles;
      const { tests, failed, milliseconds } = suites.get(path) ?? { tests: 0, failed: 0, milliseconds: 0 };
      suites.set(path, {
        tests: tests + 1,
        failed: failed + (status === 'failed' ? 1 : 0),
        milliseconds: milliseconds + (duration ?? 0),
      });
    }
    for (const [path, { tests, failed, milliseconds }] of suites)
      process.stderr.write(
        `  ${failed > 0 ? 'FAIL' : 'pass'} ${path}: ${tests} tests${failed > 0 ? `, ${failed} failed` : ''} (${(milliseconds / 1000).toFixed(1)} s)\n`,
      );
  }
}
