//! What the bot knows: answers by keyword, from a TOML file.
//!
//! Never talks to anybody; it only says what there is to say.

use anyhow::{Context, Result, bail, ensure};
use toml::{Table, Value};

/// Longest answer, in bytes: the broker's bound of a text.
const TEXT_BYTES_MAX: usize = 8 * 1024;

/// What is to be done about something that a visitor said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// Say this.
    Say(String),
    /// Hand over to people.
    HandOver,
}

/// All that the bot has to say.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    pub(crate) greeting: String,
    pub(crate) handing_over: String,
    /// Said when nobody took the session.
    pub(crate) nobody: String,
    fallback: String,
    people: Vec<String>,
    answers: Vec<(Vec<String>, String)>,
}

impl Answers {
    /// Reads them. An error says which part is wrong.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let table: Table = text.parse().context("the answers are no TOML")?;
        for name in table.keys() {
            let known = ["greeting", "fallback", "handing_over", "nobody", "people", "answers"];
            ensure!(known.contains(&name.as_str()), "{name:?} is nothing that the bot knows");
        }
        let listed =
            table.get("answers").and_then(Value::as_array).context("answers is missing")?;
        let answers = listed.iter().enumerate().map(|(at, answer)| {
            let answer = answer.as_table().with_context(|| format!("answers[{at}] is no table"))?;
            let within = || format!("in answers[{at}]");
            let keywords = words(answer, "keywords").with_context(within)?;
            Ok((keywords, sentence(answer, "text").with_context(within)?))
        });
        Ok(Self {
            greeting: sentence(&table, "greeting")?,
            handing_over: sentence(&table, "handing_over")?,
            nobody: sentence(&table, "nobody")?,
            fallback: sentence(&table, "fallback")?,
            people: words(&table, "people")?,
            answers: answers.collect::<Result<_>>()?,
        })
    }

    /// What to do about what a visitor said.
    pub(crate) fn to(&self, said: &str) -> Reaction {
        let said = said.to_lowercase();
        let has = |keywords: &[String]| keywords.iter().any(|keyword| said.contains(keyword));
        if has(&self.people) {
            return Reaction::HandOver;
        }
        let known = self.answers.iter().find(|(keywords, _)| has(keywords));
        Reaction::Say(known.map_or(&self.fallback, |(_, text)| text).clone())
    }
}

fn sentence(table: &Table, name: &str) -> Result<String> {
    match table.get(name) {
        Some(Value::String(text)) if text.is_empty() => bail!("{name} is empty"),
        Some(Value::String(text)) if text.len() > TEXT_BYTES_MAX => {
            bail!("{name} has more than {TEXT_BYTES_MAX} bytes")
        }
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => bail!("{name} is no text"),
        None => bail!("{name} is missing"),
    }
}

/// Keywords, in lower case.
fn words(table: &Table, name: &str) -> Result<Vec<String>> {
    let listed = table.get(name).and_then(Value::as_array);
    let listed = listed.with_context(|| format!("{name} is no list"))?;
    let words: Option<Vec<String>> =
        listed.iter().map(|word| word.as_str().map(str::to_lowercase)).collect();
    let words = words.with_context(|| format!("{name} has something that is no text"))?;
    ensure!(!words.is_empty(), "{name} names nothing");
    ensure!(words.iter().all(|word| !word.is_empty()), "an empty word in {name} is in every text");
    Ok(words)
}
