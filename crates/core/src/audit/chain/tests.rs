//! Whatever is done to a chain, it is found.

use faxgate_types::{Ambient, TenantId, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

fn key() -> SealKey {
    SealKey::of(&"0123456789abcdef0123456789abcdef".to_owned().into())
}

/// A chain as the gateway writes it, with its end.
fn written(chain: Chain, told: &[(String, String)]) -> (Vec<StoredEntry>, Head) {
    let mut before = BEFORE_THE_FIRST.to_owned();
    let mut entries = Vec::new();
    for (seq, (object, details)) in (1..).zip(told) {
        let mut entry = StoredEntry {
            seq,
            at: Timestamp::from_unix_micros(1_768_478_400_000_000 + seq).unwrap(),
            actor: "user".to_owned(),
            actor_id: Some("0198c0de-7a7b-7000-8000-000000000001".to_owned()),
            actor_name: Some("ann".to_owned()),
            token_id: None,
            address: Some("192.0.2.1".to_owned()),
            action: "fax.sent".to_owned(),
            object: object.clone(),
            details: json!({ "text": details }).to_string(),
            hash: String::new(),
        };
        entry.hash = hash(&before, chain, &entry);
        before.clone_from(&entry.hash);
        entries.push(entry);
    }
    let seq = i64::try_from(entries.len()).unwrap();
    let head = Head {
        seq,
        seal: Some(key().seal(chain, seq, &before)),
        hash: before,
    };
    (entries, head)
}

fn check(chain: Chain, entries: &[StoredEntry], head: Option<&Head>) -> Result<(), Flaw> {
    let mut checker = Checker::new(chain);
    for entry in entries {
        checker.entry(entry)?;
    }
    checker.end(head, Some(&key()))
}

/// Works the hashes out anew from `from` on, as whoever knows how the chain is made can.
fn make_anew(chain: Chain, entries: &mut [StoredEntry], from: usize) {
    for at in from..entries.len() {
        let before = match at {
            0 => BEFORE_THE_FIRST.to_owned(),
            _ => entries[at - 1].hash.clone(),
        };
        entries[at].seq = i64::try_from(at).unwrap() + 1;
        entries[at].hash = hash(&before, chain, &entries[at]);
    }
}

fn told() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("[a-z0-9-]{0,12}", ".{0,20}"), 1..24)
}

/// Changes one part of an entry.
fn flip(entry: &mut StoredEntry, part: usize) {
    let other =
        |text: &mut Option<String>| *text = Some(format!("{}!", text.take().unwrap_or_default()));
    match part {
        0 => entry.at = entry.at + std::time::Duration::from_micros(1),
        1 => entry.actor.push('!'),
        2 => other(&mut entry.actor_id),
        3 => other(&mut entry.actor_name),
        4 => other(&mut entry.token_id),
        5 => other(&mut entry.address),
        6 => entry.action.push('!'),
        7 => entry.object.push('!'),
        8 => entry.details.push(' '),
        9 => entry.address = None,
        _ => entry.hash = hash(&entry.hash, Chain::Gateway, entry),
    }
}

proptest! {
    #[test]
    fn what_nobody_touched_is_whole(told in told()) {
        let (entries, head) = written(Chain::Gateway, &told);
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&head)), Ok(()));
    }

    #[test]
    fn a_changed_part_is_found_where_it_is(told in told(), at: Index, part in 0_usize..11) {
        let (mut entries, head) = written(Chain::Gateway, &told);
        let at = at.index(entries.len());
        flip(&mut entries[at], part);
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&head)), Err(Flaw::Changed(entries[at].seq)));
    }

    #[test]
    fn a_removed_entry_is_found_where_it_was(told in told(), at: Index) {
        let (mut entries, head) = written(Chain::Gateway, &told);
        let at = at.index(entries.len());
        let gone = entries.remove(at).seq;
        let expected = match at == entries.len() {
            true => Flaw::Cut(gone),
            false => Flaw::Missing(gone),
        };
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&head)), Err(expected));
    }

    #[test]
    fn a_removed_entry_is_found_although_the_others_moved_up(told in told(), at: Index) {
        let (mut entries, head) = written(Chain::Gateway, &told);
        let at = at.index(entries.len());
        entries.remove(at);
        for later in &mut entries[at..] {
            later.seq -= 1;
        }
        let here = i64::try_from(at).unwrap() + 1;
        let expected = match at == entries.len() {
            true => Flaw::Cut(here),
            false => Flaw::Changed(here),
        };
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&head)), Err(expected));
    }

    #[test]
    fn two_that_changed_places_are_found_at_the_first(told in told(), one: Index, other: Index) {
        let (mut entries, head) = written(Chain::Gateway, &told);
        let (one, other) = (one.index(entries.len()), other.index(entries.len()));
        prop_assume!(one != other);
        let (first, second) = (one.min(other), one.max(other));
        entries.swap(first, second);
        (entries[first].seq, entries[second].seq) = (entries[second].seq, entries[first].seq);
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&head)), Err(Flaw::Changed(entries[first].seq)));
    }

    #[test]
    fn an_entry_put_in_is_found(told in told(), at: Index, knows_how: bool) {
        let (mut entries, head) = written(Chain::Gateway, &told);
        let at = at.index(entries.len() + 1);
        let mut new = entries[0].clone();
        new.seq = i64::try_from(at).unwrap() + 1;
        new.object.push_str("put in");
        if knows_how {
            let before = at.checked_sub(1).map_or(BEFORE_THE_FIRST, |before| &entries[before].hash);
            new.hash = hash(before, Chain::Gateway, &new);
        }
        for later in &mut entries[at..] {
            later.seq += 1;
        }
        let (here, was_last) = (new.seq, at == entries.len());
        entries.insert(at, new);
        // One whose hash is right can only be told from the one behind it, which does not follow on it.
        let expected = match (knows_how, was_last) {
            (false, _) => Flaw::Changed(here),
            (true, false) => Flaw::Changed(here + 1),
            (true, true) => Flaw::BehindTheEnd(here),
        };
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&head)), Err(expected));
    }

    #[test]
    fn what_was_cut_off_is_found(told in told(), left: Index) {
        let (mut entries, head) = written(Chain::Gateway, &told);
        let left = left.index(entries.len());
        entries.truncate(left);
        let first_gone = i64::try_from(left).unwrap() + 1;
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&head)), Err(Flaw::Cut(first_gone)));
        let last = i64::try_from(left).unwrap();
        let without = check(Chain::Gateway, &entries, None);
        // Of chains of which nothing at all is left, whoever knows what there must be can tell.
        prop_assert_eq!(without, if left == 0 { Ok(()) } else { Err(Flaw::EndMissing(last)) });
    }

    #[test]
    fn a_chain_made_anew_lacks_the_seal(told in told(), at: Index, seal in 0..3) {
        let (mut entries, head) = written(Chain::Gateway, &told);
        let at = at.index(entries.len());
        entries[at].object.push_str(" no more");
        make_anew(Chain::Gateway, &mut entries, at);
        let last = entries.last().unwrap();
        let forged = Head {
            seq: last.seq,
            hash: last.hash.clone(),
            seal: match seal {
                0 => head.seal.clone(),
                1 => None,
                _ => Some(SealKey::of(&"a guess".to_owned().into()).seal(Chain::Gateway, last.seq, &last.hash)),
            },
        };
        let expected = match seal {
            0 => Flaw::Forged(last.seq),
            1 => Flaw::Bare(last.seq),
            _ => Flaw::OtherSecret(last.seq),
        };
        prop_assert_eq!(check(Chain::Gateway, &entries, Some(&forged)), Err(expected));
    }
}

#[test]
fn an_entry_of_another_chain_does_not_fit() {
    let tenant = Chain::Tenant(TenantId::generate(&Ambient::system()));
    let told = [
        ("a".to_owned(), String::new()),
        ("b".to_owned(), String::new()),
    ];
    let (entries, head) = written(Chain::Gateway, &told);
    assert_eq!(check(tenant, &entries, Some(&head)), Err(Flaw::Changed(1)));
}

/// As another language works it out, so that an exported chain can be proven without the gateway.
#[test]
fn the_canonical_form_is_the_documented_one() {
    let (entries, _) = written(
        Chain::Gateway,
        &[("Zoë \"x\"\n".to_owned(), "é\u{1}".to_owned())],
    );
    insta::assert_snapshot!(canonical(Chain::Gateway, &entries[0]), @r##"["faxgate-audit-1","gateway",1,"2026-01-15T12:00:00.000001Z","user","0198c0de-7a7b-7000-8000-000000000001","ann",null,"192.0.2.1","fax.sent","Zoë \"x\"\n","{\"text\":\"é\\u0001\"}"]"##);
    insta::assert_snapshot!(entries[0].hash, @"922aa0e0ec5426903623f8c2beabadc2d54a805ebb220a302093ae78696beb7d");
}
