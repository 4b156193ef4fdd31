//! What can't be told is an error that names it, and leaves the files alone.

use std::fs;

use leadrank_simulate::weeks::{Enrolled, Weeks, write};

use super::{LEADS, OPPORTUNITIES, TASKS, day, fresh, weeks};

fn refused(change: impl FnOnce(&mut Vec<Enrolled>, &mut Weeks)) -> String {
    let (folder, mut enrolled) = fresh(10);
    let mut truth = weeks();
    change(&mut enrolled, &mut truth);
    write(folder.path(), &enrolled, &truth)
        .unwrap_err()
        .to_string()
}

#[test]
fn numbers_out_of_range_are_refused() {
    for (name, change) in [
        ("rate", (|w| w.rate = 0.0) as fn(&mut Weeks)),
        ("lift", |w| w.lift = -1.1),
        ("adoption", |w| w.adoption = f64::NAN),
        ("contamination", |w| w.contamination = 2.0),
        ("lost", |w| w.lost = -0.1),
        ("2050-01-01", |w| w.until = day(2050, 1, 1)),
    ] {
        let error = refused(|_, weeks| change(weeks));
        assert!(error.starts_with(name) && error.contains("give"), "{error}");
    }
}

#[test]
fn leads_that_cannot_take_part_are_refused_by_id() {
    for (why, change) in [
        ("place", (|e| e.place = 1.5) as fn(&mut Enrolled)),
        ("place", |e| e.place = f64::NAN),
        ("after the last day", |e| e.on = day(2026, 4, 1)),
        ("before 2024", |e| e.on = day(2023, 12, 31)),
        ("created after", |e| e.on = day(2024, 1, 1)),
        ("simulated project", |e| e.lead_id = "00Qx".to_owned()),
        ("not in raw", |e| {
            e.lead_id = "00QSM0000000001AAA".to_owned();
        }),
    ] {
        let mut id = String::new();
        let error = refused(|enrolled, _| {
            change(&mut enrolled[3]);
            id.clone_from(&enrolled[3].lead_id);
        });
        assert!(error.contains(&id) && error.contains(why), "{error}");
    }
    let error = refused(|enrolled, _| enrolled[3] = enrolled[4].clone());
    assert!(
        error.contains("00QSM0000001004AAA") && error.contains("twice"),
        "{error}"
    );
}

#[test]
fn a_malformed_raw_file_is_named_with_its_line_and_nothing_is_written() {
    let spoil = |name: &str, spoil: &dyn Fn(String) -> String| {
        let (folder, enrolled) = fresh(10);
        let at = |name: &str| folder.path().join(name);
        let text = spoil(fs::read_to_string(at(name)).unwrap());
        fs::write(at(name), &text).unwrap();
        let bytes = || [LEADS, TASKS, OPPORTUNITIES].map(|name| fs::read(at(name)).unwrap());
        let before = bytes();
        let error = write(folder.path(), &enrolled, &weeks())
            .unwrap_err()
            .to_string();
        assert_eq!(before, bytes());
        let part = |name| at(&format!("{name}.part")).exists();
        assert!(![LEADS, TASKS, OPPORTUNITIES].into_iter().any(part));
        assert!(!at("truth/experiment.json").exists());
        error
    };
    let line = |text: &str, number: usize, new: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[number - 1] = new;
        lines.join("\n") + "\n"
    };
    let first = |text: &str| text.lines().nth(1).unwrap().to_owned();
    let short = spoil(LEADS, &|text| line(&text, 4, "00QSM0000001002AAA,x"));
    assert!(
        short.starts_with("raw/salesforce_lead.csv, line 4: 2 cells"),
        "{short}"
    );
    let unnamed = spoil(LEADS, &|text| text.replacen("Status,", "State_of_it,", 1));
    assert!(unnamed.starts_with("raw/salesforce_lead.csv, line 1: no column `Status`"));
    let nobody = spoil(LEADS, &|text| {
        line(&text, 2, &first(&text).replace(",005", ",x"))
    });
    assert!(
        nobody.starts_with("raw/salesforce_lead.csv, line 2: `OwnerId`"),
        "{nobody}"
    );
    let cut = spoil(TASKS, &|text| text.trim_end().to_owned());
    assert!(cut.starts_with("raw/salesforce_task.csv, line "), "{cut}");
    let undated = spoil(TASKS, &|text| {
        line(
            &text,
            3,
            "00TSM1,00QSM0000001002AAA,,Call,Call,Completed,,soon,1",
        )
    });
    assert!(
        undated.starts_with("raw/salesforce_task.csv, line 3: `ActivityDate`"),
        "{undated}"
    );
    let cut = spoil(OPPORTUNITIES, &|text| text.trim_end().to_owned());
    assert!(
        cut.starts_with("raw/salesforce_opportunity.csv, line "),
        "{cut}"
    );
    let wider = spoil(OPPORTUNITIES, &|text| text.replacen('\n', ",Name\n", 1));
    assert!(
        wider.starts_with("raw/salesforce_opportunity.csv, line 1: the columns"),
        "{wider}"
    );

    let (folder, enrolled) = fresh(10);
    fs::remove_file(folder.path().join(TASKS)).unwrap();
    let absent = write(folder.path(), &enrolled, &weeks())
        .unwrap_err()
        .to_string();
    assert!(absent.contains("salesforce_task.csv") && absent.contains("simulate the project"));
}
