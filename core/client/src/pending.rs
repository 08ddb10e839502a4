//! Requests whose answer has not come, in the order in which they were made.
//!
//! ```text
//!   insert ──► unsent ──► sent ──► settled (answer, or given up)
//!                ▲          │ interrupted
//!                └──────────┘
//! ```
//!
//! After an interruption all of them are sent again in their first order, with the same ids, so a message said twice is
//! kept once. Their number is bounded by who makes them (`requests_max` of the options). Never sends, never looks at a clock.

use std::collections::BTreeMap;

use frontdesk_proto::v1::command::Command;

/// The request number under which a link is attached; no other request gets it.
pub(crate) const ATTACH_REQUEST: u32 = 1;

/// One request that waits for its answer.
#[derive(Debug)]
pub(crate) struct Waiting<W> {
    pub(crate) command: Command,
    pub(crate) waiter: W,
    /// How often it was sent; from the second time on the broker may have done it already.
    pub(crate) sendings: u32,
    sent: bool,
}

/// The requests of one link, by their numbers.
#[derive(Debug)]
pub(crate) struct Pending<W> {
    waiting: BTreeMap<u32, Waiting<W>>,
    last: u32,
}

impl<W> Pending<W> {
    pub(crate) fn new() -> Self {
        Self { waiting: BTreeMap::new(), last: ATTACH_REQUEST }
    }

    /// Takes a request in and gives it a number above [`ATTACH_REQUEST`].
    ///
    /// Numbers rise, so their order is the order of making, until they begin anew after four billion.
    pub(crate) fn insert(&mut self, command: Command, waiter: W) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            if self.last > ATTACH_REQUEST && !self.waiting.contains_key(&self.last) {
                break;
            }
        }
        let waiting = Waiting { command, waiter, sendings: 0, sent: false };
        self.waiting.insert(self.last, waiting);
        self.last
    }

    /// Takes a request out: answered, or given up.
    pub(crate) fn settle(&mut self, request: u32) -> Option<Waiting<W>> {
        self.waiting.remove(&request)
    }

    /// Marks those not sent on this attachment as sent, and shows them in order.
    pub(crate) fn send(&mut self, mut each: impl FnMut(u32, &Command)) {
        for (request, waiting) in self.waiting.iter_mut().filter(|(_, waiting)| !waiting.sent) {
            waiting.sent = true;
            waiting.sendings += 1;
            each(*request, &waiting.command);
        }
    }

    /// Marks one as sent and shows it.
    pub(crate) fn send_one(&mut self, request: u32, each: impl FnOnce(&Command)) {
        if let Some(waiting) = self.waiting.get_mut(&request).filter(|waiting| !waiting.sent) {
            waiting.sent = true;
            waiting.sendings += 1;
            each(&waiting.command);
        }
    }

    /// The attachment is gone: all must be sent again.
    pub(crate) fn interrupted(&mut self) {
        self.waiting.values_mut().for_each(|waiting| waiting.sent = false);
    }

    /// Whether a request waits, and whether it was sent on this attachment.
    pub(crate) fn is_sent(&self, request: u32) -> Option<bool> {
        self.waiting.get(&request).map(|waiting| waiting.sent)
    }

    /// Shows all that wait, in order.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &Command> {
        self.waiting.values().map(|waiting| &waiting.command)
    }

    /// Takes all out, in order.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Waiting<W>> + use<W> {
        std::mem::take(&mut self.waiting).into_values()
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_proto::v1;

    use super::*;

    fn say(text: &str) -> Command {
        Command::Say(v1::Say { body: text.to_owned().into(), ..Default::default() })
    }

    fn sent(pending: &mut Pending<char>) -> Vec<u32> {
        let mut sent = Vec::new();
        pending.send(|request, _| sent.push(request));
        sent
    }

    #[test]
    fn each_request_is_sent_once_an_attachment_in_the_order_of_making() {
        let mut pending = Pending::new();
        let numbers: Vec<_> = ('a'..='c').map(|waiter| pending.insert(say(""), waiter)).collect();
        pending.send_one(numbers[0], |_| ());
        assert_eq!(sent(&mut pending), numbers[1..]);
        assert!(sent(&mut pending).is_empty());

        pending.settle(numbers[1]);
        pending.interrupted();
        assert_eq!(sent(&mut pending), [numbers[0], numbers[2]]);
    }

    #[test]
    fn the_same_words_are_sent_again_and_counted() {
        let mut pending = Pending::new();
        let request = pending.insert(say("hello"), 'a');
        sent(&mut pending);
        pending.interrupted();
        pending.send(|_, command| assert_eq!(*command, say("hello")));
        let waiting = pending.settle(request).expect("it waits");
        assert_eq!((waiting.waiter, waiting.sendings), ('a', 2));
        assert!(pending.settle(request).is_none(), "answered once");
    }

    #[test]
    fn numbers_begin_anew_above_those_set_aside_and_without_those_that_wait() {
        let mut pending = Pending::new();
        let first = pending.insert(say(""), 'a');
        pending.last = u32::MAX;
        assert_eq!((first, pending.insert(say(""), 'b')), (2, 3));
    }
}
