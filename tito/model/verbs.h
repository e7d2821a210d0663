#pragma once
// Every verb; each is defined in the file of its name.

#include "tito/model/verb.h"

namespace tito::model {

Verb new_verb();
Verb train_verb();
Verb quantize_verb();
Verb export_verb();
Verb run_verb();
Verb schema_verb();
Verb import_verb();
Verb verify_verb();
Verb bench_verb();
Verb report_verb();
Verb show_verb();
Verb compare_verb();
Verb registry_list_verb();
Verb registry_show_verb();
Verb registry_add_verb();
Verb registry_validate_verb();
Verb registry_audit_verb();

}  // namespace tito::model
