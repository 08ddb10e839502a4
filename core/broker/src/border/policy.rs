//! A tenant's policy: between the wire's document and the desk's draft, both ways.
//!
//! Outward every part is written down, also what is nothing. Inward nothing is filled in: what the document leaves open is a fault with
//! its path. Whether the parts hold together is the desk's to check. The same form is kept on the disk.

mod departments;
mod invitations;
mod inward;
mod outward;
mod schedules;
mod styles;
mod terms;

use frontdesk_desk::floor::strategy::Strategy;
use frontdesk_desk::policy::department::{AgentLost, Join};
use frontdesk_desk::policy::hours::Weekday;
use frontdesk_desk::policy::invitations::Whom;
use frontdesk_desk::policy::style::Listed;
use frontdesk_desk::policy::{PolicyFault, Previews};
use frontdesk_proto::v1::policy as wire;

pub use inward::draft;
pub use outward::policy;
pub(super) use terms::written_form;

/// Most faults that are noted of one document.
const FAULTS_MAX: usize = 1_000;

const PREVIEWS: [(wire::Previews, Previews); 3] = [
    (wire::Previews::Shown, Previews::Shown),
    (wire::Previews::Off, Previews::Off),
    (wire::Previews::Consented, Previews::Consented),
];
const STRATEGIES: [(wire::Strategy, Strategy); 7] = [
    (wire::Strategy::LeastLoaded, Strategy::LeastLoaded),
    (wire::Strategy::InOrder, Strategy::InOrder),
    (wire::Strategy::RoundRobin, Strategy::RoundRobin),
    (wire::Strategy::Random, Strategy::Random),
    (wire::Strategy::LongestIdle, Strategy::LongestIdle),
    (wire::Strategy::Weighted, Strategy::Weighted),
    (wire::Strategy::FillFirst, Strategy::FillFirst),
];
const JOINS: [(wire::Join, Join); 4] = [
    (wire::Join::Always, Join::Always),
    (wire::Join::SignedOn, Join::SignedOn),
    (wire::Join::Working, Join::Working),
    (wire::Join::Online, Join::Online),
];
const AGENT_LOST: [(wire::AgentLost, AgentLost); 2] =
    [(wire::AgentLost::Head, AgentLost::Head), (wire::AgentLost::Tail, AgentLost::Tail)];
const WEEKDAYS: [(wire::Weekday, Weekday); 7] = [
    (wire::Weekday::Monday, Weekday::Monday),
    (wire::Weekday::Tuesday, Weekday::Tuesday),
    (wire::Weekday::Wednesday, Weekday::Wednesday),
    (wire::Weekday::Thursday, Weekday::Thursday),
    (wire::Weekday::Friday, Weekday::Friday),
    (wire::Weekday::Saturday, Weekday::Saturday),
    (wire::Weekday::Sunday, Weekday::Sunday),
];
const WHOM: [(wire::Whom, Whom); 3] = [
    (wire::Whom::All, Whom::All),
    (wire::Whom::New, Whom::New),
    (wire::Whom::Returning, Whom::Returning),
];
/// The kinds of fields; what one holds besides its kind stands in a field of its own.
const FIELD_KINDS: [(wire::FieldKind, wire::FieldKind); 5] = {
    use wire::FieldKind as K;
    [
        (K::Text, K::Text),
        (K::Number, K::Number),
        (K::Email, K::Email),
        (K::Phone, K::Phone),
        (K::Choice, K::Choice),
    ]
};
const LISTS: [(wire::Listed, Listed); 2] =
    [(wire::Listed::Departments, Listed::Departments), (wire::Listed::Agents, Listed::Agents)];

/// The wire's name of a value; each has one.
fn named<W: Copy + Into<i32>, D: Copy + PartialEq>(names: &[(W, D)], value: D) -> i32 {
    let found = names.iter().find(|(_, meant)| *meant == value);
    found.map_or(0, |(name, _)| (*name).into())
}

/// The faults found so far.
#[derive(Default)]
struct Faults(Vec<PolicyFault>);

impl Faults {
    /// One fault more, up to [`FAULTS_MAX`]: a document of nothing but faults costs no more than that.
    fn add(&mut self, path: impl Into<String>, fault: impl Into<String>) {
        if self.0.len() == FAULTS_MAX {
            return;
        }
        self.0.push(PolicyFault { path: path.into(), fault: fault.into() });
    }

    /// A part that must be there and isn't.
    fn missing<T>(&mut self, path: &str) -> Option<T> {
        self.add(path, "is missing; set it");
        None
    }

    /// What a name of the wire means; `None`, and a fault, for one that means nothing.
    fn meant<W: Copy + Into<i32>, D: Copy>(
        &mut self,
        path: &str,
        names: &[(W, D)],
        number: i32,
    ) -> Option<D> {
        let found = names.iter().find(|(name, _)| (*name).into() == number);
        if found.is_none() {
            let last = names.len();
            self.add(path, format!("must be one of the values 1 to {last}, and is {number}"));
        }
        found.map(|(_, meant)| *meant)
    }

    /// A number that the desk holds in fewer bits; `None`, and a fault, for one beyond.
    fn number<T: TryFrom<u32>>(&mut self, path: &str, value: u32, max: u32) -> Option<T> {
        let number = T::try_from(value).ok();
        if number.is_none() {
            self.add(path, format!("must be at most {max}, and is {value}"));
        }
        number
    }

    /// An id; `None`, and a fault, for a text that is none.
    fn id<T>(&mut self, path: &str, id: Result<T, frontdesk_desk::id::IdFault>) -> Option<T> {
        id.map_err(|fault| self.add(path, fault.to_string())).ok()
    }

    /// An id that may be left out; the outer `None` if it has a fault.
    fn some_id<T>(
        &mut self,
        path: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, frontdesk_desk::id::IdFault>,
    ) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.id(path, parse(text)).map(Some) }
    }
}

/// What each entry of a list comes to; `None` if one has a fault, after all have been looked at.
fn each<T, U>(list: &[T], mut one: impl FnMut(usize, &T) -> Option<U>) -> Option<Vec<U>> {
    let all: Vec<_> = list.iter().enumerate().map(|(i, entry)| one(i, entry)).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests;
