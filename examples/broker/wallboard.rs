//! The wallboard: redrawn in place once a second on a terminal, one plain line a second anywhere else.

use std::io::{IsTerminal as _, Write as _, stdout};
use std::time::{Duration, Instant};

use frontdesk::client::v1::Counts;

use super::tally::{Spread, Tally};
use crate::arguments::DemoArguments;

/// What a drawing shows.
pub(crate) struct Sample<'a> {
    pub(crate) counts: Counts,
    pub(crate) tally: &'a Tally,
}

/// Where the drawings go.
enum Surface {
    /// Moves back up over this many lines before it draws.
    Terminal { lines: usize },
    /// A file or a pipe.
    Plain,
}

/// Draws once a second.
pub(crate) struct Wallboard {
    surface: Surface,
    title: String,
    began: Instant,
    last_drawn: Instant,
    last_messages: u64,
}

impl Wallboard {
    pub(crate) fn new(arguments: &DemoArguments) -> Self {
        let surface =
            if stdout().is_terminal() { Surface::Terminal { lines: 0 } } else { Surface::Plain };
        let (visitors, agents) = (arguments.demo_visitors, arguments.demo_agents);
        let title = format!("{visitors} visitors, {agents} agents, seed {}", arguments.demo_seed);
        let began = Instant::now();
        Self { surface, title, began, last_drawn: began, last_messages: 0 }
    }

    pub(crate) fn draw(&mut self, sample: &Sample<'_>) {
        let now = Instant::now();
        let messages = sample.counts.messages;
        let elapsed = now.duration_since(self.last_drawn).as_secs_f64().max(0.001);
        let rate = (messages.saturating_sub(self.last_messages)) as f64 / elapsed;
        (self.last_drawn, self.last_messages) = (now, messages);
        let text = match &mut self.surface {
            Surface::Plain => line(self.began.elapsed(), sample, rate),
            Surface::Terminal { lines } => {
                let rows = rows(&self.title, self.began.elapsed(), sample, rate);
                let up = if *lines > 0 { format!("\x1b[{lines}A") } else { "\n".to_owned() };
                *lines = rows.len();
                format!("{up}\r\x1b[J{}\n", rows.join("\n"))
            }
        };
        // Nobody may be looking any more; the people go on.
        let _ = stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush());
    }

    /// The last word.
    pub(crate) fn finish(&self, tally: &Tally) {
        let (said, heard) = (tally.said(), tally.heard());
        println!("the demonstration is over: {said} said, {heard} heard, {} flaws", tally.flaws());
    }
}

fn rows(title: &str, age: Duration, sample: &Sample<'_>, rate: f64) -> Vec<String> {
    let Sample { counts, tally } = sample;
    let agents = format!(
        "{} online, {} busy, {} away",
        counts.agents_online, counts.agents_busy, counts.agents_away
    );
    vec![
        format!("frontdesk · {title} · {}", clock(age)),
        format!(
            "  visitors    {:>8}   and {} in their grace",
            counts.visitors_here, counts.visitors_away
        ),
        format!("  waiting     {:>8}   {} gave up", counts.waiting, tally.impatient()),
        format!("  sessions    {:>8}", counts.sessions),
        format!(
            "  agents      {:>8}   {agents}",
            counts.agents_online + counts.agents_busy + counts.agents_away
        ),
        format!("  messages    {rate:>8.0}/s {} in all", counts.messages),
        format!("  delivery    {}", pair(tally.delivery())),
        format!("  wait        {}", pair(tally.wait())),
        format!("  flaws       {:>8}   Ctrl-C ends", tally.flaws()),
    ]
}

fn line(age: Duration, sample: &Sample<'_>, rate: f64) -> String {
    let Sample { counts, tally } = sample;
    format!(
        "{} visitors={} waiting={} sessions={} agents={} messages={rate:.0}/s delivery[{}] wait[{}] flaws={}\n",
        clock(age),
        counts.visitors_here,
        counts.waiting,
        counts.sessions,
        counts.agents_online,
        pair(tally.delivery()),
        pair(tally.wait()),
        tally.flaws(),
    )
}

fn clock(age: Duration) -> String {
    let seconds = age.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn pair(spread: Spread) -> String {
    format!("p50 {:.2?}  p99 {:.2?}", spread.p50, spread.p99)
}
