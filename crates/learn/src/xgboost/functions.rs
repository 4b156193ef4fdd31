//! The C functions in use, declared by hand after XGBoost's `c_api.h`.
//!
//! Only functions that exist unchanged from 1.7 to 3.x are taken.

use std::ffi::{c_char, c_int, c_void};

/// An object owned by the library.
pub(super) type Handle = *mut c_void;
/// The library's size type, `bst_ulong`.
pub(super) type Size = u64;

macro_rules! functions {
    ($($field:ident: $symbol:literal = fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// Addresses of the C functions; valid as long as the library is loaded,
        /// which is until the process ends.
        pub(super) struct Functions {
            $(pub(super) $field: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl Functions {
            /// Looks every function up.
            ///
            /// # Safety
            /// `library` must be an XGBoost library, since the declared
            /// signatures are taken on trust, and must never be unloaded.
            pub(super) unsafe fn load(
                library: &libloading::Library,
            ) -> std::result::Result<Self, libloading::Error> {
                Ok(Self {
                    // SAFETY: the caller vouches for the library, and so for the
                    // signatures of its documented functions.
                    $($field: unsafe {
                        *library.get::<unsafe extern "C" fn($($argument),*) $(-> $result)?>(
                            concat!($symbol, "\0").as_bytes(),
                        )?
                    },)*
                })
            }
        }
    };
}

functions! {
    version: "XGBoostVersion" = fn(*mut c_int, *mut c_int, *mut c_int);
    last_error: "XGBGetLastError" = fn() -> *const c_char;
    set_global: "XGBSetGlobalConfig" = fn(*const c_char) -> c_int;
    data_from_dense: "XGDMatrixCreateFromDense" =
        fn(*const c_char, *const c_char, *mut Handle) -> c_int;
    data_set_info: "XGDMatrixSetInfoFromInterface" =
        fn(Handle, *const c_char, *const c_char) -> c_int;
    data_set_text: "XGDMatrixSetStrFeatureInfo" =
        fn(Handle, *const c_char, *mut *const c_char, Size) -> c_int;
    data_free: "XGDMatrixFree" = fn(Handle) -> c_int;
    booster_create: "XGBoosterCreate" = fn(*const Handle, Size, *mut Handle) -> c_int;
    booster_free: "XGBoosterFree" = fn(Handle) -> c_int;
    booster_set: "XGBoosterSetParam" = fn(Handle, *const c_char, *const c_char) -> c_int;
    booster_set_text: "XGBoosterSetStrFeatureInfo" =
        fn(Handle, *const c_char, *mut *const c_char, Size) -> c_int;
    booster_update: "XGBoosterUpdateOneIter" = fn(Handle, c_int, Handle) -> c_int;
    booster_evaluate: "XGBoosterEvalOneIter" =
        fn(Handle, c_int, *mut Handle, *mut *const c_char, Size, *mut *const c_char) -> c_int;
    booster_slice: "XGBoosterSlice" = fn(Handle, c_int, c_int, c_int, *mut Handle) -> c_int;
    booster_save: "XGBoosterSaveModelToBuffer" =
        fn(Handle, *const c_char, *mut Size, *mut *const c_char) -> c_int;
    booster_load: "XGBoosterLoadModelFromBuffer" = fn(Handle, *const c_void, Size) -> c_int;
    booster_predict: "XGBoosterPredictFromDMatrix" =
        fn(Handle, Handle, *const c_char, *mut *const Size, *mut Size, *mut *const f32) -> c_int;
}
