//! The one place that prints.
//!
//! Results go to stdout; status, warnings and errors to stderr. Colours only where the reader is
//! a terminal or asks for them, progress bars only on a terminal.

use crate::error::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use publish::Secret;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    /// Neither status nor notes.
    pub quiet: bool,
    /// Details too.
    pub verbose: bool,
    /// One JSON document on stdout instead of text.
    pub json: bool,
    /// Colours on stderr.
    pub color: bool,
    /// Colours on stdout.
    pub color_out: bool,
    /// Progress bars.
    pub progress: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[1;32m";
const CYAN: &str = "\x1b[1;36m";
const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

impl ColorChoice {
    fn on(self, terminal: bool, no_color: bool) -> bool {
        match self {
            Self::Auto => terminal && !no_color,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl Ui {
    /// Decides once, from the flags and what stdout and stderr are.
    pub fn new(
        quiet: bool,
        verbose: bool,
        json: bool,
        color: ColorChoice,
        no_progress: bool,
    ) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let terminal = std::io::stderr().is_terminal();
        Self {
            quiet,
            verbose,
            json,
            color: color.on(terminal, no_color),
            color_out: color.on(std::io::stdout().is_terminal(), no_color),
            progress: terminal && !no_progress && !quiet,
        }
    }

    fn stderr(self, text: &str) {
        // Whoever closed stderr does not want to hear.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    fn paint(self, style: &str, text: &str) -> String {
        if self.color {
            format!("{style}{text}{RESET}")
        } else {
            text.to_owned()
        }
    }

    /// A line of the result, on stdout.
    pub fn out(self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        // A closed pipe (`| head`) ends the output, not the work.
        let _ = writeln!(stdout, "{text}");
    }

    /// The result exactly as it is, on stdout.
    pub fn out_raw(self, text: &str) {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// The result as a JSON document.
    pub fn out_json(self, value: &serde_json::Value) {
        self.out(&serde_json::to_string_pretty(value).unwrap_or_default());
    }

    /// Text on stdout in bold, where colours are on.
    pub fn strong(self, text: &str) -> String {
        if self.color_out {
            format!("{BOLD}{text}{RESET}")
        } else {
            text.to_owned()
        }
    }

    /// Text on stdout, faint where colours are on.
    pub fn faint(self, text: &str) -> String {
        if self.color_out {
            format!("{DIM}{text}{RESET}")
        } else {
            text.to_owned()
        }
    }

    /// Text on stdout that says yes (green) or no (red), where colours are on.
    pub fn verdict(self, good: bool, text: &str) -> String {
        match (self.color_out, good) {
            (false, _) => text.to_owned(),
            (true, true) => format!("{GREEN}{text}{RESET}"),
            (true, false) => format!("{RED}{text}{RESET}"),
        }
    }

    /// What was done.
    pub fn status(self, verb: &str, text: &str) {
        if !self.quiet {
            self.stderr(&format!("{} {text}", self.paint(GREEN, verb)));
        }
    }

    /// A detail, for `-v`.
    pub fn detail(self, text: &str) {
        if self.verbose {
            self.stderr(&self.paint(DIM, text));
        }
    }

    /// Something that the user should know.
    pub fn warn(self, text: &str) {
        self.stderr(&format!("{}: {text}", self.paint(YELLOW, "warning")));
    }

    /// Something that the user may want to know.
    pub fn note(self, text: &str) {
        if !self.quiet {
            self.stderr(&format!("{}: {text}", self.paint(CYAN, "note")));
        }
    }

    /// Has the CI service hide a secret wherever it stands in the job's log. The line itself is not
    /// shown there; where stdout is one JSON document, it goes to stderr, which the service reads too.
    pub fn mask(self, secret: &Secret) {
        if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
            return;
        }
        let line = format!("::add-mask::{}", secret.reveal());
        if self.json {
            self.stderr(&line);
        } else {
            self.out(&line);
        }
    }

    /// Whether somebody is there to be asked.
    pub fn can_ask(self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks for a line.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub fn ask(self, question: &str) -> std::io::Result<String> {
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "{question}")?;
        stderr.flush()?;
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        Ok(line)
    }

    /// Asks for something that is not shown while it is typed.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub fn ask_secret(self, question: &str) -> std::io::Result<String> {
        rpassword::prompt_password(question)
    }

    /// The traceback of Python, as Python prints it.
    pub fn traceback(self, text: &str) {
        self.stderr(text.trim_end());
    }

    /// The error that ends the program.
    pub fn error(self, failure: &Failure) {
        self.stderr(&format!(
            "{}: {}",
            self.paint(RED, "error"),
            failure.message
        ));
        for detail in &failure.details {
            self.stderr(&format!("  {}", detail.replace('\n', "\n  ")));
        }
        for hint in &failure.hints {
            self.stderr(&format!("{}: {hint}", self.paint(CYAN, "hint")));
        }
        if self.json && !failure.printed {
            self.out_json(&failure.to_json());
        }
    }

    /// A bar that counts things, hidden unless on a terminal.
    pub fn counter(self, what: &'static str) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(0).with_message(what);
        let style =
            ProgressStyle::with_template("{spinner:.green} {msg} {pos}/{len} {elapsed:.dim}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// A task that takes its time: said at once, with a spinner on a terminal.
    pub fn task(self, what: &str) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        let style = ProgressStyle::with_template("{spinner:.green} {msg} {elapsed:.dim}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// A bar of bytes, hidden unless on a terminal.
    pub fn bytes(self, what: &'static str, total: u64) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(total).with_message(what);
        let style = ProgressStyle::with_template(
            "{spinner:.green} {msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        );
        bar.set_style(
            style
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("=> "),
        );
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

/// A number of things, in words: `1 package`, `2 packages`.
pub fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

/// Rows as a table with columns as wide as they must be.
pub fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            format!(
                "{cell}{}",
                " ".repeat(width.saturating_sub(cell.chars().count()))
            )
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Bytes in words.
pub fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// A duration in words.
pub fn duration(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}
