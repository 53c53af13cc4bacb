//! What the runners of tests report, read and summed.

use std::{fmt, io, ops::AddAssign, path::Path};

use serde::Deserialize;

/// How many tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// What `cargo test` prints, read line by line: each test program announces how many tests it will run,
/// and reports when it is through.
#[derive(Debug, Default)]
pub struct Cargo {
    announced: u64,
    reported: u64,
    sum: Count,
}

impl Cargo {
    /// Reads a line of standard output.
    pub fn read(&mut self, line: &str) {
        if is_announcement(line) {
            self.announced += 1;
        } else if let Some(count) = line.strip_prefix("test result: ").and_then(counts) {
            self.reported += 1;
            self.sum += count;
        }
    }

    /// The sum so far.
    pub fn count(&self) -> Count {
        self.sum
    }

    /// The sum, where everything that began has ended; `succeeded` is Cargo's own word for it. A program
    /// that ended without a report is one failure, since nobody knows how many tests it took with it.
    pub fn finish(self, succeeded: bool) -> (Count, Option<String>) {
        let silent = self.announced.saturating_sub(self.reported);
        let mut count = self.sum;
        if silent > 0 {
            count.failed += silent;
            return (count, Some(format!("{silent} of the test programs ended without a report.")));
        }
        if !succeeded && count.failed == 0 {
            count.failed = 1;
            return (count, Some("`cargo test` failed before every test program could report.".to_owned()));
        }
        (count, None)
    }
}

/// `running 3 tests`
fn is_announcement(line: &str) -> bool {
    let number = line
        .strip_prefix("running ")
        .and_then(|rest| rest.strip_suffix(" tests").or_else(|| rest.strip_suffix(" test")));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// `ok. 3 passed; 0 failed; 1 ignored; …`
fn counts(rest: &str) -> Option<Count> {
    let (_verdict, numbers) = rest.split_once(". ")?;
    let number = |of: &str| numbers.split("; ").find_map(|part| part.strip_suffix(of)?.trim().parse().ok());
    Some(Count { passed: number(" passed")?, failed: number(" failed")? })
}

/// Vitest's JSON report, in the words of Jest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vitest {
    num_passed_tests: u64,
    num_failed_tests: u64,
    success: bool,
}

/// Reads the report that Vitest left; `succeeded` is its own exit status.
pub fn vitest(report: &Path, succeeded: bool) -> (Count, Option<String>) {
    let read = || -> io::Result<Vitest> { Ok(serde_json::from_slice(&std::fs::read(report)?)?) };
    match read() {
        Ok(report) => vitest_counts(&report, succeeded),
        Err(error) => {
            (Count { passed: 0, failed: 1 }, Some(format!("Vitest ended without a report: {error}.")))
        }
    }
}

fn vitest_counts(report: &Vitest, succeeded: bool) -> (Count, Option<String>) {
    let count = Count { passed: report.num_passed_tests, failed: report.num_failed_tests };
    // A file that cannot be loaded fails without a test that failed.
    if count.failed == 0 && !(succeeded && report.success) {
        let words = "Vitest failed, though none of its tests did: a file could not be loaded.";
        return (Count { failed: 1, ..count }, Some(words.to_owned()));
    }
    (count, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, succeeded: bool) -> (Count, Option<String>) {
        let mut cargo = Cargo::default();
        text.lines().for_each(|line| cargo.read(line));
        cargo.finish(succeeded)
    }

    const GOOD: &str = "\nrunning 3 tests\ntest a ... ok\ntest b ... ok\ntest c ... ignored\n\n\
        test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s\n";

    #[test]
    fn every_test_program_is_summed() {
        let bad = "running 1 test\ntest x ... FAILED\n\
            test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.10s\n";
        let (count, said) = read(&format!("{GOOD}{bad}"), false);
        assert_eq!((count, said), (Count { passed: 6, failed: 1 }, None));
    }

    #[test]
    fn a_program_that_crashed_is_a_failure() {
        let (count, said) = read(&format!("{GOOD}running 7 tests\ntest y ... ok\n"), false);
        assert_eq!(count, Count { passed: 2, failed: 1 }, "its tests are lost, and that must not pass");
        assert!(said.unwrap().contains("without a report"));
    }

    #[test]
    fn what_does_not_compile_is_a_failure() {
        let (count, said) = read("", false);
        assert_eq!(count, Count { passed: 0, failed: 1 });
        assert!(said.is_some());
    }

    #[test]
    fn words_that_look_like_a_report_are_not_one() {
        let (count, said) = read("running out of tests\ntest result: unknown\nrunning 3 laps\n", true);
        assert_eq!((count, said), (Count::default(), None));
    }

    #[test]
    fn vitest_is_read_and_a_file_it_could_not_load_is_a_failure() {
        let report = |failed: u64, success: bool| -> Vitest {
            serde_json::from_value(serde_json::json!({
                "numTotalTests": 9, "numPassedTests": 8, "numFailedTests": failed, "numPendingTests": 1,
                "success": success, "testResults": [],
            }))
            .unwrap()
        };
        assert_eq!(vitest_counts(&report(0, true), true), (Count { passed: 8, failed: 0 }, None));
        assert_eq!(vitest_counts(&report(2, false), false), (Count { passed: 8, failed: 2 }, None));
        let (count, said) = vitest_counts(&report(0, false), false);
        assert_eq!(count, Count { passed: 8, failed: 1 });
        assert!(said.is_some());
    }

    #[test]
    fn a_vitest_that_left_no_report_is_a_failure() {
        let (count, said) = vitest(Path::new("/nowhere/vitest.json"), true);
        assert_eq!(count, Count { passed: 0, failed: 1 });
        assert!(said.is_some());
    }
}
