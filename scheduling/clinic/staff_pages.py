"""Who signs in, for managers: invite, change, a new password."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, page
from scheduling.clinic import staff
from scheduling.clinic.saving import saving
from scheduling.clinic.staff_forms import InviteForm, StaffForm
from scheduling.clinic.staff_rows import rows_of_staff
from scheduling.diary.read import the


@permitted("manage-staff")
def staff_page(request: HttpRequest) -> HttpResponse:
    """Everybody, those who may sign in first."""
    return page(request, "scheduling/clinic/staff.html", {"rows": rows_of_staff()})


@permitted("manage-staff")
def invite_page(request: HttpRequest) -> HttpResponse:
    """Somebody new. The password stands on the answer to this very form, once, and nowhere else."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            invited = staff.invite(**form.cleaned_data, by=actor_of(request.user), now=clock.now())
            return page(request, "scheduling/clinic/staff_password.html", {"invited": invited, "is_new": True})
    context = {"form": form, "title": "Invite somebody", "back": "staff-list", "button": "Make the sign-in"}
    return page(request, "scheduling/clinic/form.html", context)


@permitted("manage-staff")
def member(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a name, a role, and whether somebody may sign in."""
    user = the(User, user_id)
    form, by = StaffForm(request.POST or None, row=user), actor_of(request.user)
    return saving(
        request,
        form,
        lambda _: staff.change_staff(
            user_id, staff.StaffDetails(**form.values()), revision=form.read_revision, by=by, now=clock.now()
        ),
        title=f"Change {user}",
        said="Saved.",
        back="staff-list",
        lead=f"Signs in as {user.email}.",
    )


@require_POST
@permitted("manage-staff")
def password(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new password for somebody who lost theirs, shown once."""
    invited = staff.give_password(user_id, by=actor_of(request.user), now=clock.now())
    return page(request, "scheduling/clinic/staff_password.html", {"invited": invited, "is_new": False})


@require_POST
@permitted("manage-staff")
def unlock(request: HttpRequest, user_id: int) -> HttpResponse:
    """Somebody need not wait any more after wrong passwords, whoever tried them."""
    return act(
        request,
        lambda: staff.unlock_sign_in(user_id, by=actor_of(request.user), now=clock.now()),
        said="They can try again now.",
        back="staff-list",
    )


@require_POST
@permitted("manage-staff")
def sign_out(request: HttpRequest, user_id: int) -> HttpResponse:
    """Somebody is signed out wherever they are signed in."""
    return act(
        request,
        lambda: staff.sign_out(user_id, by=actor_of(request.user), now=clock.now()),
        said="They are signed out everywhere.",
        back="staff-list",
    )
