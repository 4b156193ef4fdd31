//! A permission set: what its holders may see and change, and nothing else.

use super::xml::Document;

/// What holders may do with an object's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectAccess {
    /// Read those they have access to.
    Read,
    /// Read and change those they have access to.
    Edit,
    /// Read those they have access to, and make new ones.
    Create,
    /// Read and change all, whoever owns them.
    EditAll,
}

/// A permission set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionSet {
    /// API name.
    pub name: String,
    /// What administrators choose it by.
    pub label: String,
    /// What it is for.
    pub description: String,
    /// Objects.
    pub objects: Vec<(String, ObjectAccess)>,
    /// Fields as `Lead.Lead_Score__c`, and whether they may be changed.
    pub fields: Vec<(String, bool)>,
    /// Apex classes that may be run.
    pub classes: Vec<String>,
    /// Permissions of the whole user, such as `ApiEnabled`.
    pub user: Vec<String>,
}

impl PermissionSet {
    /// The file's name in `permissionsets`.
    pub fn file_name(&self) -> String {
        format!("{}.permissionset-meta.xml", self.name)
    }

    /// The file.
    pub fn xml(&self) -> String {
        let mut file = Document::new("PermissionSet");
        for class in &self.classes {
            file.group("classAccesses", |access| {
                access.value("apexClass", class);
                access.value("enabled", true);
            });
        }
        file.value("description", &self.description);
        let mut fields = self.fields.clone();
        fields.sort();
        for (field, editable) in &fields {
            file.group("fieldPermissions", |permission| {
                permission.value("editable", editable);
                permission.value("field", field);
                permission.value("readable", true);
            });
        }
        file.value("hasActivationRequired", false);
        file.value("label", &self.label);
        for (object, access) in &self.objects {
            let all = *access == ObjectAccess::EditAll;
            file.group("objectPermissions", |permission| {
                permission.value("allowCreate", *access == ObjectAccess::Create);
                permission.value("allowDelete", false);
                permission.value("allowEdit", all || *access == ObjectAccess::Edit);
                // "All records" without deleting is what "View All" means; changing records of
                // others is a matter of sharing, since "Modify All" would let delete, too.
                permission.value("allowRead", true);
                permission.value("modifyAllRecords", false);
                permission.value("object", object);
                permission.value("viewAllRecords", all);
            });
        }
        for permission in &self.user {
            file.group("userPermissions", |user| {
                user.value("enabled", true);
                user.value("name", permission);
            });
        }
        file.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_never_delete_and_see_no_more_than_is_named() {
        let set = PermissionSet {
            name: "Sync".into(),
            label: "Sync".into(),
            description: "Writes scores".into(),
            objects: vec![("Lead".into(), ObjectAccess::EditAll)],
            fields: vec![
                ("Lead.Lead_Tier__c".into(), true),
                ("Lead.Lead_Score__c".into(), false),
            ],
            classes: Vec::new(),
            user: vec!["ApiEnabled".into()],
        };
        let xml = set.xml();
        assert!(!xml.contains("<allowDelete>true") && !xml.contains("<modifyAllRecords>true"));
        assert_eq!(xml.matches("<editable>true").count(), 1);
        let places = ["Lead.Lead_Score__c", "Lead.Lead_Tier__c"].map(|name| xml.find(name));
        assert!(places[0] < places[1], "fields are in order");
    }
}
