//! The ordered deliveries of a mailbox: a ring whose first few lie in place, because most mailboxes that are read in time never
//! hold more, and then need no ring.

use std::collections::VecDeque;

/// Deliveries that lie in place: what somebody is told who is joined to a session and sees it end.
const PLACES: usize = 3;

/// Deliveries, first in first out.
pub(super) struct Ordered<D> {
    /// The head: those from `first` on and below `end`.
    places: [Option<D>; PLACES],
    first: u8,
    end: u8,
    /// What came when there was no place, or when something was here already.
    rest: VecDeque<D>,
}

impl<D> Default for Ordered<D> {
    fn default() -> Self {
        Self { places: [const { None }; PLACES], first: 0, end: 0, rest: VecDeque::new() }
    }
}

impl<D> Ordered<D> {
    pub(super) fn len(&self) -> usize {
        usize::from(self.end - self.first) + self.rest.len()
    }

    pub(super) fn push(&mut self, delivery: D) {
        match self.places.get_mut(usize::from(self.end)) {
            Some(place) if self.rest.is_empty() => {
                *place = Some(delivery);
                self.end += 1;
            }
            _ => self.rest.push_back(delivery),
        }
    }

    pub(super) fn pop(&mut self) -> Option<D> {
        if self.first == self.end {
            return self.rest.pop_front();
        }
        let delivery = self.places[usize::from(self.first)].take();
        debug_assert!(delivery.is_some(), "a hole in what waits");
        self.first += 1;
        if self.first == self.end {
            (self.first, self.end) = (0, 0);
        }
        delivery
    }

    /// Tells all, in order.
    pub(super) fn tell(&mut self, mut tell: impl FnMut(D)) {
        let (first, end) = (usize::from(self.first), usize::from(self.end));
        self.places[first..end].iter_mut().filter_map(Option::take).for_each(&mut tell);
        (self.first, self.end) = (0, 0);
        if !self.rest.is_empty() {
            self.rest.drain(..).for_each(tell);
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_in_comes_out_in_order(steps in prop::collection::vec(any::<bool>(), 0..200)) {
            let (mut ordered, mut expected) = (Ordered::default(), VecDeque::new());
            for (n, comes) in steps.into_iter().enumerate() {
                if comes {
                    ordered.push(n);
                    expected.push_back(n);
                } else {
                    prop_assert_eq!(ordered.pop(), expected.pop_front());
                }
                prop_assert_eq!(ordered.len(), expected.len());
            }
            let mut told = Vec::new();
            ordered.tell(|n| told.push(n));
            prop_assert_eq!(told, Vec::from(expected));
            prop_assert_eq!(ordered.len(), 0);
        }
    }
}
