//! Known truth: what a reader of the files finds is what was asked for.

use std::fs;
use std::path::Path;

use leadrank_simulate::weeks::{Arm, Enrolled, Told, Weeks, write};

use super::{LEADS, called, dials, fresh, weeks};
use crate::common::rows;

const COUNT: usize = 20_000;

/// Writes the weeks anew over the same raw files.
fn retold(project: &Path, enrolled: &[Enrolled], weeks: &Weeks) -> Told {
    for name in [LEADS, super::TASKS] {
        let kept = project.join(format!("{name}.kept"));
        if !kept.exists() {
            fs::copy(project.join(name), &kept).unwrap();
        }
        fs::copy(&kept, project.join(name)).unwrap();
    }
    write(project, enrolled, weeks).unwrap()
}

/// Calls per dial within 30 days, treatment over control, less one.
fn lift(told: &Told) -> f64 {
    let per_dial = |arm: &Arm| arm.calls_30d as f64 / arm.dials_30d as f64;
    per_dial(&told.treatment) / per_dial(&told.control) - 1.0
}

#[test]
fn the_effect_is_the_one_asked_for() {
    let (folder, enrolled) = fresh(COUNT);
    // a control of 10,000 leads and 2,000 calls: the lift's standard error is about 0.04
    for (asked, adoption, expected) in [
        (0.5, 1.0, 0.5),
        (0.0, 1.0, 0.0),
        (-0.3, 1.0, -0.3),
        (0.5, 0.75, 0.375),
    ] {
        let truth = Weeks {
            lift: asked,
            adoption,
            ..weeks()
        };
        let told = retold(folder.path(), &enrolled, &truth);
        let found = lift(&told);
        assert!((found - expected).abs() < 0.09, "{asked}: {found}");
        let arm = &told.treatment;
        let followed = arm.followed as f64 / arm.leads as f64;
        assert!((followed - adoption).abs() < 0.02, "{followed}");
        // who follows is a draw, so that its mean is near, and the highest chances are cut
        let true_lift = arm.expected_rate.unwrap() / arm.base_rate.unwrap() - 1.0;
        assert!((true_lift - expected).abs() < 0.015, "{asked}: {true_lift}");
        // an effect on calls takes no dials away
        let share = told.treatment.dials_30d as f64 / told.control.dials_30d as f64;
        assert!((share - 1.0).abs() < 0.02, "{share}");
        let rate = told.control.calls_30d as f64 / told.control.leads as f64;
        assert!((rate - 0.2).abs() < 0.012, "{rate}");
        assert_eq!(told.control.base_rate, told.control.expected_rate);
    }
}

#[test]
fn the_counts_are_those_of_the_files() {
    let (folder, enrolled) = fresh(4000);
    let truth = Weeks {
        lift: 0.5,
        rate: 0.05,
        ..weeks()
    };
    let told = write(folder.path(), &enrolled, &truth).unwrap();
    let (called, dials) = (called(folder.path(), &enrolled), dials(folder.path()));
    for (treated, arm) in [(true, &told.treatment), (false, &told.control)] {
        let leads: Vec<&Enrolled> = enrolled.iter().filter(|e| e.treated == treated).collect();
        let made = |e: &&Enrolled| dials.get(&e.lead_id).map_or(&[][..], Vec::as_slice);
        let calls = leads.iter().filter(|e| called.contains(&e.lead_id)).count();
        let all: usize = leads.iter().map(|e| made(e).len()).sum();
        let early = leads
            .iter()
            .flat_map(|e| made(e).iter().filter(|d| (**d - e.on).num_days() <= 30));
        assert_eq!(arm.leads, leads.len() as u64);
        assert_eq!(arm.calls_30d, calls as u64);
        assert_eq!(
            (arm.dials, arm.dials_30d),
            (all as u64, early.count() as u64)
        );
        let mean = all as f64 / leads.len() as f64;
        assert!((4.7..5.3).contains(&mean), "{mean}");
    }
    let text = fs::read_to_string(folder.path().join("truth/experiment.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json, serde_json::to_value(&told).unwrap());
    assert_eq!(json["weeks"]["until"], "2026-03-31");
}

#[test]
fn the_same_lead_has_the_same_luck_under_another_lift() {
    let (folder, enrolled) = fresh(3000);
    let under = |lift| {
        let truth = Weeks { lift, ..weeks() };
        retold(folder.path(), &enrolled, &truth);
        called(folder.path(), &enrolled)
    };
    let (harmed, plain, helped) = (under(-0.3), under(0.0), under(0.5));
    assert!(harmed.is_subset(&plain) && plain.is_subset(&helped));
    assert!(harmed.len() + 50 < plain.len() && plain.len() + 50 < helped.len());
    let treated = |id: &String| enrolled.iter().any(|e| e.treated && e.lead_id == *id);
    assert!(helped.difference(&harmed).all(treated));
}

#[test]
fn better_places_have_a_better_chance() {
    let (folder, enrolled) = fresh(COUNT);
    let truth = Weeks {
        rate: 0.05,
        ..weeks()
    };
    write(folder.path(), &enrolled, &truth).unwrap();
    let called = called(folder.path(), &enrolled);
    let hit = |e: &&Enrolled| called.contains(&e.lead_id);
    let best = enrolled.iter().filter(|e| e.place >= 0.9);
    let ratio = best.filter(hit).count() as f64 / called.len() as f64 * 10.0;
    // about 180 hits of the best tenth against 1,000
    assert!((1.5..2.1).contains(&ratio), "{ratio}");
}

#[test]
fn leads_of_one_adviser_share_a_hidden_effect() {
    let (folder, mut enrolled) = fresh(10_000);
    for (k, one) in enrolled.iter_mut().enumerate() {
        one.adviser = format!("adviser {}", k / 200);
    }
    write(folder.path(), &enrolled, &weeks()).unwrap();
    let called = called(folder.path(), &enrolled);
    let clusters = enrolled.chunks(200).map(|leads| {
        let hits = leads.iter().filter(|e| called.contains(&e.lead_id));
        hits.count() as f64 / 200.0
    });
    let mean = called.len() as f64 / 10_000.0;
    let spread = clusters.map(|rate| (rate - mean).powi(2)).sum::<f64>() / 49.0;
    // without it the rates of clusters vary by chance alone
    let chance = mean * (1.0 - mean) / 200.0;
    assert!(spread > 3.0 * chance, "{spread} {chance}");
}

#[test]
fn exposed_control_leads_get_the_effect() {
    let (folder, enrolled) = fresh(COUNT);
    let truth = Weeks {
        lift: 1.0,
        contamination: 0.4,
        ..weeks()
    };
    let told = retold(folder.path(), &enrolled, &truth);
    let share = told.exposed.len() as f64 / told.control.leads as f64;
    assert!((share - 0.4).abs() < 0.02, "{share}");
    assert_eq!(told.control.followed, told.exposed.len() as u64);
    let called = called(folder.path(), &enrolled);
    let rate = |ids: &[&String]| {
        ids.iter().filter(|id| called.contains(**id)).count() as f64 / ids.len() as f64
    };
    let control = enrolled.iter().filter(|e| !e.treated).map(|e| &e.lead_id);
    let (exposed, kept): (Vec<_>, Vec<_>) =
        control.partition(|id| told.exposed.binary_search(id).is_ok());
    let ratio = rate(&exposed) / rate(&kept);
    assert!((1.75..2.2).contains(&ratio), "{ratio}");
}

#[test]
fn lost_leads_are_gone_and_were_control() {
    let (folder, enrolled) = fresh(4000);
    let truth = Weeks {
        lost: 0.1,
        ..weeks()
    };
    let told = write(folder.path(), &enrolled, &truth).unwrap();
    assert!((150..250).contains(&told.lost.len()), "{}", told.lost.len());
    let left: Vec<String> = rows(folder.path(), LEADS)
        .iter()
        .map(|l| l["Id"].clone())
        .collect();
    let expected = enrolled
        .iter()
        .map(|e| &e.lead_id)
        .filter(|id| !told.lost.contains(id));
    assert!(left.iter().eq(expected));
    let treated = |id: &String| enrolled.iter().any(|e| e.treated && e.lead_id == *id);
    assert!(!told.lost.iter().any(treated));
    let dials = dials(folder.path());
    assert!(!told.lost.iter().any(|id| dials.contains_key(id)));
    assert_eq!(told.control.leads + told.lost.len() as u64, 2000);
}
