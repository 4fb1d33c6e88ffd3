// Ends with one line that a program can read: what passed, failed and was not run.
export default class Reporter {
  counts = { passed: 0, failed: 0, skipped: 0 };

  onTestEnd(test, result) {
    const kind = { passed: "passed", skipped: "skipped" }[result.status] ?? "failed";
    this.counts[kind] += 1;
  }

  onEnd() {
    const { passed, failed, skipped } = this.counts;
    console.log(`browser tests: ${passed} passed, ${failed} failed, ${skipped} not run`);
  }

  printsToStdio() {
    return false;
  }
}
