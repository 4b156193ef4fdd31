//! Opportunities come and go with the conversions of the leads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use leadrank_simulate::weeks::{Enrolled, Weeks, write};

use super::{LEADS, OPPORTUNITIES, date, fresh, lines, running, weeks};
use crate::common::{Row, filled, rows};

/// Lead and day of conversion by opportunity, as the lead file has them.
fn conversions(project: &Path) -> BTreeMap<String, (String, NaiveDate)> {
    let leads = rows(project, LEADS).into_iter();
    let converted = |lead: Row| {
        let opportunity = filled(&lead, "ConvertedOpportunityId")?.to_owned();
        Some((
            opportunity,
            (lead["Id"].clone(), date(&lead, "ConvertedDate").unwrap()),
        ))
    };
    leads.filter_map(converted).collect()
}

fn ids(enrolled: &[Enrolled]) -> BTreeSet<&str> {
    enrolled.iter().map(|e| e.lead_id.as_str()).collect()
}

#[test]
fn conversions_and_opportunities_are_the_same_on_both_sides() {
    let (folder, enrolled) = running();
    let project = folder.path();
    let before = conversions(project);
    let truth = Weeks {
        lost: 0.3,
        ..weeks()
    };
    let told = write(project, &enrolled, &truth).unwrap();
    let after = conversions(project);
    let written = rows(project, OPPORTUNITIES);
    assert_eq!(written.len(), after.len());
    for opportunity in &written {
        let (_, converted) = &after[&opportunity["Id"]];
        assert_eq!(date(opportunity, "CreatedDate"), Some(*converted));
    }
    let enrolled = ids(&enrolled);
    let new = after
        .iter()
        .filter(|(id, conversion)| before.get(*id) != Some(conversion));
    assert!(new.clone().count() > 30);
    assert!(
        new.clone()
            .all(|(_, (lead, _))| enrolled.contains(lead.as_str()))
    );
    // those that went: undone, and gone with their lead
    let gone = before.iter().filter(|(id, _)| !after.contains_key(*id));
    let (lost, undone): (Vec<_>, Vec<_>) =
        gone.partition(|(_, (lead, _))| told.lost.contains(lead));
    assert!(!lost.is_empty() && !undone.is_empty());
}

#[test]
fn other_rows_keep_their_bytes_and_new_ones_follow_by_lead() {
    let (folder, enrolled) = running();
    let project = folder.path();
    let (old, before) = (lines(project, OPPORTUNITIES), conversions(project));
    let told = write(project, &enrolled, &weeks()).unwrap();
    let (new, after) = (lines(project, OPPORTUNITIES), conversions(project));
    let open = super::open(&enrolled, &told);
    let stays = |line: &&String| {
        let conversion = before.get(&line[..18.min(line.len())]);
        !conversion.is_some_and(|(lead, _)| open.contains_key(lead.as_str()))
    };
    let kept: Vec<&String> = old.iter().filter(stays).collect();
    assert!(kept.len() > 10 && kept.len() < old.len());
    assert!(new[..kept.len()].iter().eq(kept.iter().copied()));
    let added = &new[kept.len()..];
    let leads: Vec<&str> = added
        .iter()
        .map(|line| after[&line[..18]].0.as_str())
        .collect();
    assert!(leads.len() > 30 && leads.is_sorted());
    assert!(leads.iter().all(|lead| open.contains_key(lead)));
}

#[test]
fn a_lead_has_the_same_opportunity_under_another_lift() {
    let (folder, enrolled) = fresh(3000);
    let project = folder.path();
    let leads = ids(&enrolled);
    let under = |lift| {
        write(project, &enrolled, &Weeks { lift, ..weeks() }).unwrap();
        let after = conversions(project);
        let told = rows(project, OPPORTUNITIES).into_iter();
        let of_enrolled = told.filter(|row| {
            let conversion = after.get(&row["Id"]);
            conversion.is_some_and(|(lead, _)| leads.contains(lead.as_str()))
        });
        let parts = |row: Row| {
            (
                row["Id"].clone(),
                (row["Amount"].clone(), row["StageName"].clone()),
            )
        };
        of_enrolled.map(parts).collect::<BTreeMap<_, _>>()
    };
    let (plain, helped) = (under(0.0), under(0.5));
    assert!(plain.len() > 100 && plain.len() + 20 < helped.len());
    let both = plain.iter().filter(|(id, _)| helped.contains_key(*id));
    assert!(both.clone().count() > 100);
    for (id, opportunity) in both {
        assert_eq!(opportunity, &helped[id]);
    }
    let amounts: BTreeSet<&String> = helped.values().map(|(amount, _)| amount).collect();
    let stages: BTreeSet<&String> = helped.values().map(|(_, stage)| stage).collect();
    assert!(amounts.len() > 50 && stages.len() == 5);
}

#[test]
fn without_an_opportunity_file_none_is_written() {
    let told = |keep: bool| {
        let (folder, enrolled) = fresh(200);
        let path = folder.path().join(OPPORTUNITIES);
        if !keep {
            fs::remove_file(&path).unwrap();
        }
        let told = write(folder.path(), &enrolled, &weeks()).unwrap();
        assert_eq!(path.exists(), keep);
        (told, fs::read(folder.path().join(LEADS)).unwrap())
    };
    assert!(told(true) == told(false));
}
