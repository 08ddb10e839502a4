use super::*;

#[test]
fn commands_come_out_in_the_order_in_which_they_went_in() {
    let inbox = Inbox::new(10);
    (0..5).for_each(|n| inbox.put(n));
    let mut taken = VecDeque::new();
    inbox.take_all(&mut taken);
    (5..8).for_each(|n| inbox.put(n));
    inbox.take_all(&mut taken);
    assert_eq!(taken, (0..8).collect::<VecDeque<_>>());
    assert!(inbox.is_empty());
}

#[test]
fn over_the_soft_bound_nothing_is_admitted_but_what_follows_still_fits() {
    let inbox = Inbox::new(2);
    for n in 0..8 {
        assert_eq!(inbox.admit(), if n < 2 { Ok(()) } else { Err(Crowded) });
        inbox.put(n);
    }
    assert_eq!((inbox.len(), inbox.overruns()), (8, 0));
    inbox.take_all(&mut VecDeque::new());
    assert_eq!(inbox.admit(), Ok(()));
}

#[test]
fn a_fault_beyond_the_hard_bound_is_counted_and_caught_in_debug_builds() {
    let inbox = Inbox::new(1);
    (0..4).for_each(|n| inbox.put(n));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| inbox.put(4))).is_err();
    assert_eq!((caught, inbox.overruns(), inbox.len()), (cfg!(debug_assertions), 1, 5));
}
