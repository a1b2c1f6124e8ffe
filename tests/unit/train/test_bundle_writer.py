from combo_dl.train.bundle_writer import portable


def test_a_card_names_no_folder_of_the_machine():
    config = {
        "paths": {"data": "/home/me/tables", "out": "/home/me/runs"},
        "out": "/home/me/runs/x",
        "data": {"oneil": {"folder": "/home/me/tables", "list": ["/home/me/tables/ppi", 3]}},
    }
    assert portable(config) == {
        "data": {"oneil": {"folder": "${paths.data}", "list": ["${paths.data}/ppi", 3]}}
    }
