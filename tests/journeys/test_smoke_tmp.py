import httpx
from tests.journeys.house import House
def test_it(house: House):
    r = httpx.post(house.url + "/api/v1/auth/token/", json={"email":"carla.roth@example.org","password":"correct horse battery"}, timeout=60)
    print(r.status_code, r.text)
    r = httpx.get(house.url + "/api/v1/studies/", headers={"Authorization": "Token " + r.json()["token"]}, timeout=60)
    print(r.status_code, r.text)
    import pathlib
    for p in house.logs.iterdir(): print(p.name, p.read_text()[-1500:])
    assert 0
