use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Letter {
    Word(u32, usize),
    Latest(u64, u32),
    WordVoiding(u32, u64),
}

impl Parcel for Letter {
    fn bytes(&self) -> usize {
        if let Self::Word(_, bytes) = self { *bytes } else { 10 }
    }

    fn latest_key(&self) -> Option<u64> {
        if let Self::Latest(key, _) = self { Some(*key) } else { None }
    }

    fn voids(&self) -> Option<u64> {
        if let Self::WordVoiding(_, key) = self { Some(*key) } else { None }
    }
}

use Letter::{Latest, Word, WordVoiding};

fn small() -> MailboxLimits {
    MailboxLimits { deliveries_max: 4, bytes_max: 100, latest_max: 3, latest_bytes_max: 100 }
}

fn open() -> Mailbox<Letter> {
    let mut mailbox = Mailbox::default();
    mailbox.open();
    mailbox
}

fn fill(mailbox: &mut Mailbox<Letter>, letters: impl IntoIterator<Item = Letter>) {
    for letter in letters {
        assert!(matches!(mailbox.put(letter, &small()), Put::Kept { .. }));
    }
}

/// Takes the mailbox in hand and drains it.
fn drain(mailbox: &mut Mailbox<Letter>, budget_bytes: usize) -> (Vec<Letter>, Left) {
    let mut told = Vec::new();
    mailbox.stage = Stage::InHand;
    let (taken, left) = mailbox.take(budget_bytes, &mut told);
    if let Taken::Whole(mut contents) = taken {
        contents.tell(|letter| told.push(letter));
    }
    (told, left)
}

#[test]
fn ordered_deliveries_come_first_and_in_order() {
    let mut mailbox = open();
    fill(&mut mailbox, [Word(1, 1), Latest(7, 1), Word(2, 1), Latest(8, 1), Word(3, 1)]);
    let told = vec![Word(1, 1), Word(2, 1), Word(3, 1), Latest(7, 1), Latest(8, 1)];
    assert_eq!(drain(&mut mailbox, 1_000), (told.clone(), Left::Nothing));
    fill(&mut mailbox, told.clone());
    let mut one_by_one = Vec::new();
    while one_by_one.len() < told.len() {
        one_by_one.extend(drain(&mut mailbox, 1).0);
    }
    assert_eq!(one_by_one, told);
}

#[test]
fn a_later_value_takes_the_place_of_the_earlier_one_with_its_key() {
    let mut mailbox = open();
    fill(&mut mailbox, [Latest(7, 1), Latest(8, 1), Latest(7, 2)]);
    assert_eq!(drain(&mut mailbox, 1_000).0, [Latest(7, 2), Latest(8, 1)]);
}

#[test]
fn the_oldest_key_is_dropped_and_counted_when_there_are_too_many() {
    let mut mailbox = open();
    fill(&mut mailbox, [Latest(1, 0), Latest(2, 0), Latest(3, 0)]);
    assert_eq!(mailbox.put(Latest(4, 0), &small()), Put::Kept { dropped: 1 });
    assert_eq!(drain(&mut mailbox, 1_000).0, [Latest(2, 0), Latest(3, 0), Latest(4, 0)]);
}

#[test]
fn latest_values_are_bounded_in_bytes_and_never_end_the_link() {
    let limits = MailboxLimits { latest_bytes_max: 15, ..small() };
    let mut mailbox = open();
    assert_eq!(mailbox.put(Latest(1, 0), &limits), Put::Kept { dropped: 0 });
    assert_eq!(mailbox.put(Latest(2, 0), &limits), Put::Kept { dropped: 1 });
    assert_eq!(drain(&mut mailbox, 1_000), (vec![Latest(2, 0)], Left::Nothing));
}

#[test]
fn an_ordered_delivery_makes_the_value_void_that_it_names() {
    let mut mailbox = open();
    fill(&mut mailbox, [Latest(7, 1), Latest(8, 1), WordVoiding(1, 7)]);
    assert_eq!(drain(&mut mailbox, 1_000).0, [WordVoiding(1, 7), Latest(8, 1)]);
}

#[test]
fn one_delivery_too_many_ends_the_link_and_nothing_is_delivered_any_more() {
    let mut mailbox = open();
    fill(&mut mailbox, (0..4).map(|n| Word(n, 1)));
    assert_eq!(mailbox.put(Word(4, 1), &small()), Put::Overflowed);
    assert_eq!(mailbox.put(Latest(1, 1), &small()), Put::Refused);
    assert_eq!(drain(&mut mailbox, 1_000), (vec![], Left::Ended(LinkEnd::TooSlow)));
}

#[test]
fn a_value_that_an_answer_has_overtaken_is_told_no_more() {
    let mut mailbox = open();
    fill(&mut mailbox, [Latest(7, 1), Latest(8, 1)]);
    mailbox.void(7);
    mailbox.void(9);
    assert_eq!(drain(&mut mailbox, 1_000), (vec![Latest(8, 1)], Left::Nothing));
    fill(&mut mailbox, [Latest(7, 2)]);
    mailbox.void(7);
    assert!(mailbox.contents.is_none(), "an empty mailbox owns no heap");
    assert_eq!(drain(&mut mailbox, 1_000), (vec![], Left::Nothing));
}

#[test]
fn too_many_bytes_end_the_link_but_one_big_delivery_fits_into_an_empty_mailbox() {
    let mut mailbox = open();
    fill(&mut mailbox, [Word(1, 1_000)]);
    assert_eq!(mailbox.put(Word(2, 1), &small()), Put::Overflowed);
}

#[test]
fn what_waited_before_an_end_is_told_before_it_and_the_first_reason_stands() {
    let mut mailbox = open();
    fill(&mut mailbox, [Word(1, 1), Word(2, 1)]);
    mailbox.end(LinkEnd::Replaced);
    mailbox.end(LinkEnd::Draining);
    assert_eq!(mailbox.put(Word(3, 1), &small()), Put::Refused);
    assert_eq!(drain(&mut mailbox, 1), (vec![Word(1, 1)], Left::More));
    assert_eq!(drain(&mut mailbox, 1), (vec![Word(2, 1)], Left::Ended(LinkEnd::Replaced)));
    assert_eq!(drain(&mut mailbox, 1), (vec![], Left::Ended(LinkEnd::Replaced)));
}

#[test]
fn without_a_budget_nothing_is_told() {
    let mut mailbox = open();
    fill(&mut mailbox, [Word(1, 0)]);
    assert_eq!(drain(&mut mailbox, 0), (vec![], Left::More));
}

#[test]
fn an_empty_mailbox_owns_no_heap() {
    let mut mailbox = open();
    fill(&mut mailbox, [Word(1, 1), Latest(1, 1), Word(2, 1)]);
    assert!(mailbox.contents.is_some());
    while drain(&mut mailbox, 1).1 == Left::More {}
    assert!(mailbox.contents.is_none());
}

fn letters() -> impl Strategy<Value = Letter> {
    prop_oneof![
        3 => (any::<u32>(), 0_usize..40).prop_map(|(word, bytes)| Word(word, bytes)),
        2 => (0_u64..5, any::<u32>()).prop_map(|(key, value)| Latest(key, value)),
        1 => (any::<u32>(), 0_u64..5).prop_map(|(word, key)| WordVoiding(word, key)),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Put(Letter),
    Drain(usize),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![3 => letters().prop_map(Step::Put), 2 => (0_usize..60).prop_map(Step::Drain)]
}

/// The mailbox as two plain lists.
#[derive(Default)]
struct Reference {
    ordered: Vec<Letter>,
    latest: Vec<(u64, Letter)>,
    too_slow: bool,
}

impl Reference {
    fn cost(letters: &[Letter]) -> usize {
        letters.iter().map(|letter| letter.bytes().max(1)).sum()
    }

    fn put(&mut self, letter: Letter) {
        if self.too_slow {
            return;
        }
        if let Some(key) = letter.latest_key() {
            match self.latest.iter().position(|(other, _)| *other == key) {
                Some(at) => self.latest[at] = (key, letter),
                None => self.latest.push((key, letter)),
            }
            if self.latest.len() > small().latest_max {
                self.latest.remove(0);
            }
            return;
        }
        self.latest.retain(|(key, _)| Some(*key) != letter.voids());
        self.ordered.push(letter);
        let full = self.ordered.len() > small().deliveries_max
            || Self::cost(&self.ordered) > small().bytes_max;
        self.too_slow = full && self.ordered.len() > 1;
    }

    fn drain(&mut self, budget_bytes: usize) -> (Vec<Letter>, Left) {
        if self.too_slow {
            return (vec![], Left::Ended(LinkEnd::TooSlow));
        }
        let mut told = vec![];
        while Self::cost(&told) < budget_bytes
            && !(self.ordered.is_empty() && self.latest.is_empty())
        {
            told.push(if self.ordered.is_empty() {
                self.latest.remove(0).1
            } else {
                self.ordered.remove(0)
            });
        }
        let left = if self.ordered.is_empty() && self.latest.is_empty() {
            Left::Nothing
        } else {
            Left::More
        };
        (told, left)
    }
}

proptest! {
    #[test]
    fn a_mailbox_tells_what_two_plain_lists_would_tell(steps in prop::collection::vec(steps(), 0..60)) {
        let (mut mailbox, mut reference) = (open(), Reference::default());
        for step in steps {
            match step {
                Step::Put(letter) => {
                    mailbox.put(letter.clone(), &small());
                    reference.put(letter);
                }
                Step::Drain(budget_bytes) => {
                    prop_assert_eq!(drain(&mut mailbox, budget_bytes), reference.drain(budget_bytes));
                }
            }
        }
    }
}
